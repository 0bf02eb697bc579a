package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads frames: from the cache, else from the origin. Frames that lie close together in a pack are read by one request,
 * requests go side by side, and a frame that several callers want at once is fetched once.
 */
final class FrameReader {
    /** Reading over a gap costs less than another request, up to this length. */
    private static final int MAX_GAP_BYTES = 64 << 10;

    /** Longer reads are split, so that several streams share them. */
    private static final int MAX_READ_BYTES = 1 << 20;

    final ObjectStore objects;
    final Domains domains;
    final FrameCache cache;
    final FrameCounters counters;
    final OpenerPool openers = new OpenerPool();

    /** Fetches under way, by frame: the sealed bytes, verified. */
    final Map<FrameKey, CompletableFuture<byte[]>> underWay = new ConcurrentHashMap<>();

    FrameReader(ObjectStore objects, Domains domains, FrameCache cache, FrameCounters counters) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.cache = requireNonNull(cache, "cache is null");
        this.counters = requireNonNull(counters, "counters is null");
    }

    /**
     * Reads all of these, in whatever order they come; the first of them as soon as it can be.
     *
     * @return how many bytes came from the origin
     * @throws StoreException CORRUPT when the origin gave a frame wrong twice; {@link FrameReading#damagedPacks} tells
     *     of which packs
     */
    long read(List<FrameRef> frames, FrameSink sink, Cancellation cancellation) throws IOException {
        FrameReading reading = new FrameReading(this, sink, cancellation, frames.isEmpty() ? null : frames.getFirst());
        List<FrameRef> missing = new ArrayList<>();
        for (FrameRef frame : frames) {
            if (!reading.fromCache(frame)) {
                missing.add(frame);
            }
        }
        return reading.fromOrigin(groups(missing));
    }

    /** Frames of one pack that one request gives. */
    private static List<List<FrameRef>> groups(List<FrameRef> frames) {
        Map<String, List<FrameRef>> packs = new HashMap<>();
        frames.forEach(frame -> packs.computeIfAbsent(DomainIndex.key(frame), _ -> new ArrayList<>())
                .add(frame));
        List<List<FrameRef>> groups = new ArrayList<>();
        for (List<FrameRef> pack : packs.values()) {
            pack.sort(Comparator.comparingLong(FrameRef::offset));
            List<FrameRef> group = new ArrayList<>();
            for (FrameRef frame : pack) {
                boolean far = !group.isEmpty()
                        && (frame.offset() - group.getLast().end() > MAX_GAP_BYTES
                                || frame.end() - group.getFirst().offset() > MAX_READ_BYTES);
                if (far) {
                    groups.add(group);
                    group = new ArrayList<>();
                }
                group.add(frame);
            }
            groups.add(group);
        }
        return groups;
    }
}
