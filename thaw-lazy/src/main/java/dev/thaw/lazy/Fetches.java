package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.ThawReads.Kind;
import dev.thaw.store.FrameSink;
import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FramePieces;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the blocks of one image that are not near by: with their neighbours in the pack, and ahead of who reads in order. What nobody waits for is pushed into the page cache.
 */
final class Fetches {
    /** What is read around a frame that was missed: at an object store's distance it costs less than the next miss. */
    private static final int NEIGHBOUR_BYTES = 96 << 10;

    /** A fetch ahead may take this part of a read's patience. */
    private static final int PATIENCE_PARTS = 4;

    private static final Logger log = LoggerFactory.getLogger(Fetches.class);

    private final PartKind kind;
    private final long sizeBytes;
    private final SnapshotImages images;
    private final LazyThreads threads;
    private final ReadCounters counters;
    private final ImagePlaces places;
    private final PushLine pushes;
    private final Cancellation cancellation;
    private final Consumer<Miss> inVain;
    private final Readahead ahead = new Readahead();
    private final Arrivals arrivals = new Arrivals();

    /** @param inVain takes reads that waited for what did not come */
    Fetches(
            PartKind kind,
            long sizeBytes,
            SnapshotImages images,
            LazyThreads threads,
            ReadCounters counters,
            ImagePlaces places,
            PushLine pushes,
            Cancellation cancellation,
            Consumer<Miss> inVain) {
        this.kind = requireNonNull(kind, "kind is null");
        this.sizeBytes = sizeBytes;
        this.images = requireNonNull(images, "images is null");
        this.threads = requireNonNull(threads, "threads is null");
        this.counters = requireNonNull(counters, "counters is null");
        this.places = requireNonNull(places, "places is null");
        this.pushes = requireNonNull(pushes, "pushes is null");
        this.cancellation = requireNonNull(cancellation, "cancellation is null");
        this.inVain = requireNonNull(inVain, "inVain is null");
    }

    /** A block that has been fetched and is kept out of the page cache. */
    HotPages.@Nullable Page kept(int block) {
        return ahead.get(block);
    }

    /** Fetches ahead where it has come to one of these blocks; to be called for all that are asked for, after {@link #kept}. Does not wait. */
    void asked(Places known, int first, int count) {
        for (int i = 0; i < count; i++) {
            for (Readahead.Window window : ahead.reached(first + i)) {
                threads.executor().execute(() -> fetchAhead(known, window));
            }
        }
    }

    /**
     * Has a read answered by the fetches under way, if they bring all that it lacks. Does not wait.
     *
     * @return whether they do; else it is the caller's still
     */
    boolean join(Places known, Miss miss) {
        // Before it waits, or its end might come first.
        threads.faults().begin();
        boolean joined = arrivals.join(known, miss);
        if (!joined) {
            threads.faults().end();
        }
        return joined;
    }

    /**
     * Fetches what a read lacks, with what is worth having besides, and answers it.
     *
     * @return what it was that had to be waited for longest
     * @throws IOException when it cannot be had within the limit; the read may have been answered all the same
     */
    Kind fetch(Miss miss, Limit limit) throws IOException, InterruptedException {
        if (miss.isAnswered()) {
            return Kind.AWAITED;
        }
        Places known = places.within(limit);
        Set<FrameRef> frames = new LinkedHashSet<>();
        for (int block = miss.first(); block < miss.first() + miss.count(); block++) {
            if (miss.lacks(block) && !known.addFrame(block, frames)) {
                miss.giveZeros(block);
            }
        }
        if (frames.isEmpty()) {
            return Kind.AWAITED; // zero, as the map says that has come meanwhile
        }
        Readahead.Window window = ahead.missed(miss.first());
        if (window == null) {
            List<FrameRef> wanted = new ArrayList<>(frames);
            FrameOrder.addNeighbours(wanted, known.byPlace(), NEIGHBOUR_BYTES);
            frames.addAll(wanted);
            ahead.covered(miss.first(), known.end(miss.first() + miss.count(), frames));
        } else {
            known.addFrames(window, blocks(), frames);
        }
        Arrivals.Arrival arrival = arrivals.begin(frames);
        try {
            long origin =
                    new Repetition(limit, places::readAgain).read(() -> read(known, frames, miss, arrival, limit));
            return origin > 0 ? Kind.ORIGIN : Kind.CACHED;
        } finally {
            end(known, arrival);
        }
    }

    private long read(Places known, Set<FrameRef> frames, @Nullable Miss miss, Arrivals.Arrival arrival, Limit limit)
            throws IOException {
        FrameSink sink = (frame, plain) -> scatter(known, frame, plain, miss, arrival);
        long origin = images.read(List.copyOf(frames), sink, limit.cancellation());
        // What lies between frames counts into what the origin gave.
        counters.cached(Math.max(0, frames.stream().mapToLong(FrameRef::length).sum() - origin));
        return origin;
    }

    private int blocks() {
        return Math.toIntExact(Blocks.count(sizeBytes));
    }

    private void fetchAhead(Places known, Readahead.Window window) {
        Set<FrameRef> frames = new LinkedHashSet<>();
        known.addFrames(window, blocks(), frames);
        // The window before has fetched the frame that both have.
        frames.remove(known.frame(window.from() - 1));
        if (frames.isEmpty()) {
            return; // zeros, or beyond the image's end
        }
        Arrivals.Arrival arrival = arrivals.begin(frames);
        // Who waits for it must have time to ask for itself.
        try (Limit limit = new Limit(threads.patience().dividedBy(PATIENCE_PARTS), cancellation)) {
            read(known, frames, null, arrival, limit);
        } catch (IOException | RuntimeException e) {
            // Whoever wants a block of these will miss it, and have it fetched with patience.
            log.debug(
                    "snapshot={} part={} is not read ahead from block {}",
                    images.manifest().id(),
                    kind.label(),
                    window.from(),
                    e);
        } finally {
            end(known, arrival);
        }
    }

    private void end(Places known, Arrivals.Arrival arrival) {
        for (Miss miss : arrivals.end(arrival, known)) {
            threads.faults().end();
            inVain.accept(miss);
        }
    }

    private void answered() {
        for (Miss miss : arrivals.answered()) {
            threads.faults().end();
            counters.count(Kind.AWAITED, miss.tookNanos());
        }
    }

    /** Into what is read where it belongs there, and else into the page cache. */
    private void scatter(Places known, FrameRef frame, byte[] buffer, @Nullable Miss miss, Arrivals.Arrival arrival) {
        List<FramePieces.Piece> pieces = known.pieces().of(frame.key());
        if (miss != null) {
            miss.give(pieces, buffer);
        }
        List<Miss> others = arrivals.give(pieces, buffer);
        byte[] plain = Arrays.copyOf(buffer, frame.blocks() * Blocks.BYTES);
        for (FramePieces.Piece piece : pieces) {
            int from = 0;
            for (int i = 0; i <= piece.count(); i++) {
                int block = (int) piece.block() + i;
                boolean apart = i == piece.count()
                        || (miss != null && miss.covers(block))
                        || others.stream().anyMatch(other -> other.covers(block))
                        || ahead.keep(block, plain, (piece.inFrame() + i) * Blocks.BYTES);
                if (apart) {
                    pushSpare(piece, from, i, plain);
                    from = i + 1;
                }
            }
        }
        arrivals.here(arrival, frame);
        // Those who came after the first have missed it in the line of pushes, too.
        arrivals.give(pieces, plain);
        answered();
    }

    private void pushSpare(FramePieces.Piece piece, int from, int to, byte[] plain) {
        long offset = (piece.block() + from) * Blocks.BYTES;
        int length = (int) Math.min((to - from) * (long) Blocks.BYTES, sizeBytes - offset);
        if (length > 0) {
            pushes.pushSpare(offset, plain, (piece.inFrame() + from) * Blocks.BYTES, length);
        }
    }
}
