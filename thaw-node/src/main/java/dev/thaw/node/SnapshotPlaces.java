package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.NodeCache;
import dev.thaw.lazy.LazySnapshots;
import dev.thaw.store.SnapshotStore;
import java.util.Optional;

/**
 * Where a worker has its snapshots from.
 *
 * @param cache of whole snapshots, the worker's own; closed with it
 * @param store where they are published to; not used, but in mode {@code remote}; not closed
 * @param lazy for thaws before all has arrived, the worker's own, closed with it; empty where there is no FUSE
 */
public record SnapshotPlaces(NodeCache cache, Optional<SnapshotStore> store, Optional<LazySnapshots> lazy) {
    public SnapshotPlaces {
        requireNonNull(cache, "cache is null");
        requireNonNull(store, "store is null");
        requireNonNull(lazy, "lazy is null");
    }

    /** With whole snapshots only. */
    public static SnapshotPlaces whole(NodeCache cache, Optional<SnapshotStore> store) {
        return new SnapshotPlaces(cache, store, Optional.empty());
    }
}
