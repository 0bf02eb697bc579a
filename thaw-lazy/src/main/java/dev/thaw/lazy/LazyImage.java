package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.ThawReads.Kind;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FramePieces;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.HotMap;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guest memory or a root file system that arrives behind the running guest: hot blocks as they come, every other block
 * when it is asked for, with its neighbours in the pack.
 */
final class LazyImage implements ImageSource {
    /** What is read around a frame that was missed: at an object store's distance it costs less than the next miss. */
    private static final int NEIGHBOUR_BYTES = 96 << 10;

    private static final Logger log = LoggerFactory.getLogger(LazyImage.class);

    private final PartKind kind;
    private final long sizeBytes;
    private final SnapshotImages images;
    private final LazyThreads threads;
    private final Faults faults;
    private final ReadCounters counters;
    private final HotPages hot;
    private final Cancellation cancellation = new Cancellation();
    private final CompletableFuture<Places> places;

    /** Takes whole blocks that are likely to be wanted soon. */
    @FunctionalInterface
    interface PageCache {
        void push(long offset, MemorySegment bytes);
    }

    /** Set before the first read. */
    private volatile PageCache pageCache = (offset, bytes) -> {};

    /** Hears of what could not be had. Set before the first read. */
    private volatile Consumer<Exception> lost = _ -> {};

    /** Misses under way in all images of a worker: whoever fetches ahead waits while there are some. */
    static final class Faults {
        private final AtomicInteger underWay = new AtomicInteger();

        boolean any() {
            return underWay.get() > 0;
        }
    }

    /** Where blocks are, both ways. */
    private record Places(BlockMap map, FramePieces pieces, List<FrameRef> byPlace) {
        static Places of(BlockMap map) {
            List<FrameRef> byPlace = new ArrayList<>(map.frames());
            byPlace.sort(FrameOrder.BY_PLACE);
            return new Places(map, new FramePieces(map), byPlace);
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
        this.places = new CompletableFuture<>();
    }

    /**
     * To be called when the images have begun to be read.
     *
     * @param usesHot whether hot blocks will be given
     * @param whenLost hears of each read that failed for good; the image may be of no more use
     */
    void begin(boolean usesHot, PageCache cache, Consumer<Exception> whenLost) {
        pageCache = cache;
        lost = whenLost;
        if (usesHot) {
            images.hotMap().thenAccept(map -> hot.expect(map, kind.ordinal()));
            images.hot().whenComplete((_, _) -> hot.end());
        } else {
            hot.end();
        }
        images.map(kind).whenComplete((map, failure) -> {
            if (failure != null) {
                threads.executor().execute(this::readMapAgain);
            } else {
                take(map);
            }
        });
    }

    private void take(BlockMap map) {
        if (map.sizeBytes() == sizeBytes) {
            places.complete(Places.of(map));
        } else {
            withoutMap(new StoreException(
                    StoreException.Code.CORRUPT, "The block map of the " + kind.label() + " is of another size."));
        }
    }

    /** Without its map an image is of no use beyond what is hot, so one that did not come at first is asked for as a miss is. */
    private void readMapAgain() {
        try (Limit limit = new Limit(threads.patience(), cancellation)) {
            take(new Repetition(limit, this::readAgain).read(() -> images.readMap(kind, limit.cancellation())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            places.completeExceptionally(e);
        } catch (IOException | RuntimeException e) {
            withoutMap(e);
        }
    }

    private void withoutMap(Exception why) {
        places.completeExceptionally(why);
        if (!cancellation.isCancelled()) {
            log.warn(
                    "snapshot={} part={} its block map cannot be had: {}",
                    images.manifest().id(),
                    kind.label(),
                    why.toString());
            threads.troubles().givenUp(why);
            lost.accept(why);
        }
    }

    private void readAgain(StoreException why) {
        threads.troubles().repeated(why);
        log.warn("snapshot={} part={} is read again: {}", images.manifest().id(), kind.label(), why.getMessage());
    }

    /** Takes what is this image's of a hot frame. */
    void take(HotMap.HotFrame frame, byte[] plain) {
        int at = 0;
        for (HotMap.Run run : frame.runs()) {
            if (run.part() == kind.ordinal()) {
                for (int i = 0; i < run.count(); i++) {
                    hot.put(run.block() + i, plain, at + i * Blocks.BYTES);
                }
                push(run, plain, at);
            }
            at += run.count() * Blocks.BYTES;
        }
        hot.arrived();
    }

    private void push(HotMap.Run run, byte[] plain, int at) {
        long offset = (long) run.block() * Blocks.BYTES;
        long length = Math.min((long) run.count() * Blocks.BYTES, sizeBytes - offset);
        if (length > 0) {
            pageCache.push(offset, MemorySegment.ofArray(plain).asSlice(at, length));
        }
    }

    /** The page cache has these. */
    void pushed(long offset, long length) {
        for (long at = offset; at < offset + length; at += Blocks.BYTES) {
            hot.drop((int) (at / Blocks.BYTES));
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
        Kind kind = Kind.ZERO;
        boolean[] missing = new boolean[count];
        int left = 0;
        Places known = places.isCompletedExceptionally() ? null : places.getNow(null);
        for (int i = 0; i < count; i++) {
            HotPages.Page page = hot.get(first + i);
            if (page != null) {
                copy(page, bytes, i);
                kind = Kind.HOT;
            } else if (known == null || known.map().locate(first + i) != BlockMap.ZERO) {
                missing[i] = true;
                left++;
            }
        }
        if (left == 0) {
            answer.bytes(MemorySegment.ofArray(bytes));
            counters.count(kind, System.nanoTime() - begun);
        } else {
            threads.executor().execute(() -> {
                Kind slowest = fill(first, bytes, missing, answer);
                counters.count(slowest, System.nanoTime() - begun);
            });
        }
    }

    private static void copy(HotPages.Page page, byte[] bytes, int block) {
        int length = Math.min(Blocks.BYTES, bytes.length - block * Blocks.BYTES);
        System.arraycopy(page.bytes(), page.offset(), bytes, block * Blocks.BYTES, length);
    }

    /** @return what it was that had to be waited for longest */
    private Kind fill(int first, byte[] bytes, boolean[] missing, ReadAnswer answer) {
        faults.underWay.incrementAndGet();
        try (Limit limit = new Limit(threads.patience(), cancellation)) {
            for (int i = 0; i < missing.length; i++) {
                if (missing[i]) {
                    HotPages.Page page = hot.await(first + i, limit.left());
                    if (page != null) {
                        copy(page, bytes, i);
                        missing[i] = false;
                    }
                }
            }
            Kind slowest = fetch(first, bytes, missing, limit);
            answer.bytes(MemorySegment.ofArray(bytes));
            return slowest;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer.failed(e);
        } catch (IOException | RuntimeException e) {
            failed(first, e, answer);
        } finally {
            faults.underWay.decrementAndGet();
        }
        return Kind.FAILED;
    }

    private void failed(int first, Exception why, ReadAnswer answer) {
        if (!cancellation.isCancelled()) {
            log.warn(
                    "snapshot={} part={} block={} cannot be had: {}",
                    images.manifest().id(),
                    kind.label(),
                    first,
                    why.toString());
            threads.troubles().givenUp(why);
            // Before the answer: a thaw that fails of it must not find the snapshot open again.
            lost.accept(why);
        }
        answer.failed(why);
    }

    private Kind fetch(int first, byte[] bytes, boolean[] missing, Limit limit)
            throws IOException, InterruptedException {
        Places known = placesWithin(limit);
        List<FrameRef> frames = new ArrayList<>();
        for (int i = 0; i < missing.length; i++) {
            long place = missing[i] ? known.map().locate(first + i) : BlockMap.ZERO;
            if (place != BlockMap.ZERO) {
                FrameRef frame = known.map().frames().get((int) (place >>> Integer.SIZE));
                if (!frames.contains(frame)) {
                    frames.add(frame);
                }
            }
        }
        if (frames.isEmpty()) {
            return Kind.AWAITED; // hot, or zero as the map says that has come meanwhile
        }
        List<FrameRef> wanted = new ArrayList<>(frames);
        FrameOrder.addNeighbours(wanted, known.byPlace(), NEIGHBOUR_BYTES);
        long origin = new Repetition(limit, this::readAgain)
                .read(() -> images.read(
                        wanted, (frame, plain) -> scatter(known, frame, plain, first, bytes), limit.cancellation()));
        counters.cached(wanted.stream().mapToLong(FrameRef::length).sum() - origin);
        return origin > 0 ? Kind.ORIGIN : Kind.CACHED;
    }

    private Places placesWithin(Limit limit) throws IOException, InterruptedException {
        try {
            return places.get(limit.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new IOException("The block map of the " + kind.label() + " cannot be had.", e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("The block map of the " + kind.label() + " did not come in time.", e);
        }
    }

    /** Into what is read where it belongs there, and else into the page cache. */
    private void scatter(Places known, FrameRef frame, byte[] plain, int first, byte[] bytes) {
        int count = (int) Blocks.count(bytes.length);
        for (FramePieces.Piece piece : known.pieces().of(frame.key())) {
            for (int i = 0; i < piece.count(); i++) {
                long block = piece.block() + i;
                if (block >= first && block < first + count) {
                    copy(new HotPages.Page(plain, (piece.inFrame() + i) * Blocks.BYTES), bytes, (int) (block - first));
                }
            }
            boolean apart = piece.block() + piece.count() <= first || piece.block() >= first + count;
            if (apart) {
                long offset = piece.block() * Blocks.BYTES;
                int length = (int) Math.min((long) piece.count() * Blocks.BYTES, sizeBytes - offset);
                int at = piece.inFrame() * Blocks.BYTES;
                pageCache.push(offset, MemorySegment.ofArray(Arrays.copyOfRange(plain, at, at + length)));
            }
        }
    }

    /** The frames of this image; waits for its block map. */
    CompletableFuture<List<FrameRef>> frames() {
        return places.thenApply(Places::byPlace);
    }

    /** Which blocks the hot companion has. */
    BitSet hotBlocks() {
        return hot.expected();
    }

    /** Whether a block is not zero; false as long as nobody knows. */
    boolean isStored(int block) {
        Places known = places.isCompletedExceptionally() ? null : places.getNow(null);
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
            Places known = placesWithin(limit);
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
