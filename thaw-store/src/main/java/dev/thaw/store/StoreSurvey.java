package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.StoreUsage.Share;
import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** Adds up what a store's bytes are for, from the block maps of all that is published. */
final class StoreSurvey {
    private final ObjectStore objects;
    private final PointerStore pointers;
    private final Images images;
    private final References references;

    StoreSurvey(ObjectStore objects, PointerStore pointers, Images images, References references) {
        this.objects = requireNonNull(objects, "objects is null");
        this.pointers = requireNonNull(pointers, "pointers is null");
        this.images = requireNonNull(images, "images is null");
        this.references = requireNonNull(references, "references is null");
    }

    StoreUsage usage(List<Domain> domains, Cancellation cancellation) throws StoreException {
        Tally total = new Tally("");
        Groups functions = new Groups(Manifest::function);
        Groups byDomain = new Groups(Manifest::trustDomain);
        for (Domain domain : domains) {
            for (PointerStore.Read read : pointers.readable(domain, PointerStore.prefix(domain), cancellation)) {
                if (read.snapshot().isPresent()) {
                    Manifest manifest = read.snapshot().get().manifest();
                    List<Tally> tallies = List.of(total, functions.of(manifest), byDomain.of(manifest));
                    tallies.forEach(tally -> tally.snapshots++);
                    for (ImageRef image : read.snapshot().get().images()) {
                        BlockMap map = images.read(domain, image, cancellation);
                        tallies.forEach(tally -> tally.add(map));
                    }
                }
            }
        }
        long[] bytes = objectBytes(references.of(domains, cancellation), cancellation);
        return new StoreUsage(bytes[0], bytes[1], total.share(Set.of()), functions.shares(), byDomain.shares());
    }

    /** One share for each part of a snapshot. */
    List<Share> parts(Domain domain, StoredSnapshot snapshot, Cancellation cancellation) throws StoreException {
        List<Share> shares = new ArrayList<>();
        for (PartKind kind : PartKind.values()) {
            Tally tally = new Tally(kind.label());
            tally.snapshots = 1;
            tally.add(images.read(domain, snapshot.image(kind), cancellation));
            shares.add(tally.share(Set.of()));
        }
        return shares;
    }

    private long[] objectBytes(Set<String> living, Cancellation cancellation) throws StoreException {
        long[] bytes = new long[2];
        objects.list(
                "",
                object -> {
                    bytes[0] += object.sizeBytes();
                    if (Collector.isCollectable(object.key()) && !living.contains(object.key())) {
                        bytes[1] += object.sizeBytes();
                    }
                },
                cancellation);
        return bytes;
    }

    /** What is known of a group's blocks. */
    private static final class Tally {
        private final String name;

        /** Which blocks of each frame are used, a bit each. */
        private final Map<FrameKey, Long> used = new HashMap<>();

        private final Map<FrameKey, Integer> lengths = new HashMap<>();
        private int snapshots;
        private long logical;
        private long filled;

        Tally(String name) {
            this.name = name;
        }

        void add(BlockMap map) {
            logical += map.sizeBytes();
            filled += map.blocks() * Blocks.BYTES;
            List<FrameRef> frames = map.frames();
            frames.forEach(frame -> lengths.put(frame.key(), frame.length()));
            map.forEachPiece((frame, inFrame, block, count) -> {
                long bits = (count == Long.SIZE ? -1 : (1L << count) - 1) << inFrame;
                used.merge(frames.get(frame).key(), bits, (a, b) -> a | b);
            });
        }

        Share share(Set<FrameKey> others) {
            long distinct = used.values().stream().mapToLong(Long::bitCount).sum() * Blocks.BYTES;
            long stored = 0;
            long unique = 0;
            for (Map.Entry<FrameKey, Integer> frame : lengths.entrySet()) {
                stored += frame.getValue();
                unique += others.contains(frame.getKey()) ? 0 : frame.getValue();
            }
            return new Share(
                    name,
                    snapshots,
                    logical,
                    Math.max(0, logical - filled),
                    Math.max(0, filled - distinct),
                    distinct,
                    stored,
                    unique);
        }
    }

    private static final class Groups {
        private final Function<Manifest, String> name;
        private final Map<String, Tally> tallies = new TreeMap<>();

        Groups(Function<Manifest, String> name) {
            this.name = name;
        }

        Tally of(Manifest manifest) {
            return tallies.computeIfAbsent(name.apply(manifest), Tally::new);
        }

        List<Share> shares() {
            Map<FrameKey, Integer> users = new HashMap<>();
            tallies.values().forEach(tally -> tally.lengths.keySet().forEach(key -> users.merge(key, 1, Integer::sum)));
            Set<FrameKey> shared = new HashSet<>();
            users.forEach((key, count) -> {
                if (count > 1) {
                    shared.add(key);
                }
            });
            return tallies.values().stream().map(tally -> tally.share(shared)).toList();
        }
    }
}
