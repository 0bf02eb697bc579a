package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.ThawReads.Kind;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.HotMap;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guest memory or a root file system that arrives behind the running guest: hot blocks as they come, every other block
 * when it is asked for, with its neighbours in the pack.
 */
final class LazyImage implements ImageSource {
    private static final Logger log = LoggerFactory.getLogger(LazyImage.class);

    private final PartKind kind;
    private final long sizeBytes;
    private final SnapshotImages images;
    private final LazyThreads threads;
    private final Faults faults;
    private final ReadCounters counters;
    private final HotPages hot;
    private final PushLine pushes;
    private final Cancellation cancellation = new Cancellation();
    private final ImagePlaces places;
    private final Fetches fetches;

    /** Set before the first read. */
    private volatile Consumer<Exception> lost = _ -> {};

    /** Misses under way in all images of a worker: whoever fetches ahead waits while there are some. */
    static final class Faults {
        private final AtomicInteger underWay = new AtomicInteger();

        void begin() {
            underWay.incrementAndGet();
        }

        void end() {
            underWay.decrementAndGet();
        }

        boolean any() {
            return underWay.get() > 0;
        }
    }

    /**
     * @param threads for what may have to wait
     * @param counters of the snapshot's images together
     */
    LazyImage(PartKind kind, long sizeBytes, SnapshotImages images, LazyThreads threads, ReadCounters counters) {
        this.kind = requireNonNull(kind, "kind is null");
        this.sizeBytes = sizeBytes;
        this.images = requireNonNull(images, "images is null");
        this.threads = requireNonNull(threads, "threads is null");
        this.counters = requireNonNull(counters, "counters is null");
        this.faults = threads.faults();
        this.hot = new HotPages(sizeBytes);
        this.pushes = new PushLine(threads.executor());
        this.places = new ImagePlaces(kind, sizeBytes, images, threads, cancellation, why -> lost.accept(why));
        this.fetches =
                new Fetches(kind, sizeBytes, images, threads, counters, places, pushes, cancellation, this::fillLater);
    }

    /**
     * To be called when the images have begun to be read.
     *
     * @param usesHot whether hot blocks will be given
     * @param whenLost hears of each read that failed for good; the image may be of no more use
     */
    void begin(boolean usesHot, PushLine.Target pageCache, Consumer<Exception> whenLost) {
        pushes.begin(pageCache);
        lost = whenLost;
        if (usesHot) {
            images.hotMap().thenAccept(map -> hot.expect(map, kind.ordinal()));
            images.hot().whenComplete((_, _) -> hot.end());
        } else {
            hot.end();
        }
        places.begin();
    }

    /** Takes what is this image's of a hot frame. */
    void take(HotMap.HotFrame frame, byte[] plain) {
        int at = 0;
        for (HotMap.Run run : frame.runs()) {
            if (run.part() == kind.ordinal()) {
                for (int i = 0; i < run.count(); i++) {
                    hot.put(run.block() + i, plain, at + i * Blocks.BYTES);
                }
            }
            at += run.count() * Blocks.BYTES;
        }
        // Who waits for them goes on before the page cache is asked to take them.
        hot.arrived();
        at = 0;
        for (HotMap.Run run : frame.runs()) {
            if (run.part() == kind.ordinal()) {
                push(run, plain, at);
            }
            at += run.count() * Blocks.BYTES;
        }
    }

    private void push(HotMap.Run run, byte[] plain, int at) {
        long offset = (long) run.block() * Blocks.BYTES;
        int length = (int) Math.min((long) run.count() * Blocks.BYTES, sizeBytes - offset);
        if (length > 0) {
            pushes.push(offset, plain, at, length, () -> {
                for (int i = 0; i < run.count(); i++) {
                    hot.drop(run.block() + i);
                }
            });
        }
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void read(long offset, int length, ReadAnswer answer) {
        long begun = System.nanoTime();
        int first = (int) (offset / Blocks.BYTES);
        int count = (int) Blocks.count(length);
        byte[] bytes = new byte[length];
        Kind source = Kind.ZERO;
        boolean[] missing = new boolean[count];
        int left = 0;
        Places known = places.now();
        for (int i = 0; i < count; i++) {
            HotPages.Page page = near(first + i);
            if (page != null) {
                copy(page, bytes, i);
                source = Kind.HOT;
            } else if (known == null || known.map().locate(first + i) != BlockMap.ZERO) {
                missing[i] = true;
                left++;
            }
        }
        if (left == 0) {
            answer.bytes(MemorySegment.ofArray(bytes));
            counters.count(source, System.nanoTime() - begun);
        } else {
            Miss miss = new Miss(first, bytes, missing, answer, begun);
            if (known == null || mayBeHot(miss) || !fetches.join(known, miss)) {
                threads.executor().execute(() -> fill(miss));
            }
        }
        if (known != null) {
            fetches.asked(known, first, count);
        }
    }

    /** Whether it wants a block that the companion may bring, sooner than a pack. */
    private boolean mayBeHot(Miss miss) {
        boolean may = false;
        for (int block = miss.first(); block < miss.first() + miss.count() && !may; block++) {
            may = miss.lacks(block) && hot.mayCome(block);
        }
        return may;
    }

    /** A block that is here and may not be in the page cache yet. */
    private HotPages.@Nullable Page near(int block) {
        HotPages.Page page = hot.get(block);
        if (page == null) {
            page = pushes.take(block);
        }
        return page == null ? fetches.kept(block) : page;
    }

    private static void copy(HotPages.Page page, byte[] bytes, int block) {
        int length = Math.min(Blocks.BYTES, bytes.length - block * Blocks.BYTES);
        System.arraycopy(page.bytes(), page.offset(), bytes, block * Blocks.BYTES, length);
    }

    /** Of a read that waited for another's fetch in vain. */
    private void fillLater(Miss miss) {
        try {
            threads.executor().execute(() -> fill(miss));
        } catch (RejectedExecutionException e) {
            miss.fail(e); // the worker ends
        }
    }

    private void fill(Miss miss) {
        faults.begin();
        Kind longest = Kind.FAILED;
        try {
            longest = tryFill(miss);
        } finally {
            faults.end();
            counters.count(longest, miss.tookNanos());
        }
    }

    /** @return what it was that had to be waited for longest */
    private Kind tryFill(Miss miss) {
        // It may have waited for another's fetch in vain.
        Duration waited = Duration.ofNanos(miss.waitedNanos());
        Duration left = threads.patience().minus(waited);
        try (Limit limit = new Limit(left.isNegative() ? Duration.ZERO : left, cancellation)) {
            for (int block = miss.first(); block < miss.first() + miss.count(); block++) {
                if (miss.lacks(block)) {
                    HotPages.Page page = hot.await(block, limit.left());
                    page = page == null ? near(block) : page;
                    if (page != null) {
                        miss.give(block, page.bytes(), page.offset());
                    }
                }
            }
            return fetches.fetch(miss, limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            miss.fail(e);
        } catch (IOException | RuntimeException e) {
            failed(miss, e);
        }
        return Kind.FAILED;
    }

    private void failed(Miss miss, Exception why) {
        if (!cancellation.isCancelled() && !miss.isAnswered()) {
            log.warn(
                    "snapshot={} part={} block={} cannot be had: {}",
                    images.manifest().id(),
                    kind.label(),
                    miss.first(),
                    why.toString());
            threads.troubles().givenUp(why);
            // Before the answer: a thaw that fails of it must not find the snapshot open again.
            lost.accept(why);
        }
        miss.fail(why);
    }

    /** The frames of this image; waits for its block map. */
    CompletableFuture<List<FrameRef>> frames() {
        return places.future().thenApply(Places::byPlace);
    }

    /** Which blocks the hot companion has. */
    BitSet hotBlocks() {
        return hot.expected();
    }

    /** Whether a block is not zero; false as long as nobody knows. */
    boolean isStored(int block) {
        Places known = places.now();
        return known != null && known.map().locate(block) != BlockMap.ZERO;
    }

    /** Reads one block, wherever it is; waits for it. @return how many bytes it has */
    int copyBlock(int block, byte[] target, int offset) throws IOException {
        int count = (int) Math.min(Blocks.BYTES, sizeBytes - (long) block * Blocks.BYTES);
        HotPages.Page page = hot.get(block);
        if (page != null) {
            System.arraycopy(page.bytes(), page.offset(), target, offset, count);
            return count;
        }
        try (Limit limit = new Limit(threads.patience(), cancellation)) {
            Places known = places.within(limit);
            long place = known.map().locate(block);
            Arrays.fill(target, offset, offset + count, (byte) 0);
            if (place != BlockMap.ZERO) {
                FrameRef frame = known.map().frames().get((int) (place >>> Integer.SIZE));
                int at = (int) place * Blocks.BYTES;
                images.read(
                        List.of(frame),
                        (_, plain) -> System.arraycopy(plain, at, target, offset, count),
                        limit.cancellation());
            }
            return count;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while a block was read.", e);
        }
    }

    @Override
    public void close() {
        cancellation.cancel("the image is closed");
    }
}
