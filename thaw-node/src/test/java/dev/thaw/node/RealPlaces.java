package dev.thaw.node;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.CacheException;
import dev.thaw.cache.DiskNodeCache;
import dev.thaw.cache.eviction.Eviction;
import dev.thaw.cache.frame.DiskFrameCache;
import dev.thaw.cache.frame.FrameCacheConfig;
import dev.thaw.lazy.LazyMounts;
import dev.thaw.lazy.LazySnapshots;
import dev.thaw.lazy.Prefetch;
import dev.thaw.lazy.RecordPolicy;
import dev.thaw.lazy.Troubles;
import dev.thaw.store.DataSize;
import dev.thaw.store.FrameCache;
import dev.thaw.store.SnapshotStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gives workers their snapshots, as a whole or as a daemon does: while they arrive. */
final class RealPlaces implements AutoCloseable {
    private final SnapshotStore store;
    private final Path mounts;
    private final Optional<Lazily> lazily;
    private final List<FrameCache> caches = new ArrayList<>();
    private final List<Troubles> troubles = new ArrayList<>();

    /** @param patience for a block of a running instance, and for a snapshot to be open */
    record Lazily(Prefetch prefetch, Duration patience) {}

    /** @param run short; the mounts are beside it */
    RealPlaces(SnapshotStore store, Path run, Optional<Lazily> lazily) {
        this.store = store;
        this.mounts = run.resolveSibling(run.getFileName() + ".lazy");
        this.lazily = lazily;
    }

    /** Where the mounts are. */
    Path mounts() {
        return mounts;
    }

    /** @param folder the worker's own */
    SnapshotPlaces open(Path folder) throws IOException {
        if (lazily.isEmpty()) {
            return SnapshotPlaces.whole(whole(folder, store), Optional.of(store));
        }
        DiskFrameCache frames = DiskFrameCache.open(
                folder.resolve("frames"), FrameCacheConfig.of(CacheBounds.of(DataSize.ofGibibytes(1)), Eviction.LRU));
        caches.add(frames);
        SnapshotStore near = store.through(frames);
        LazySnapshots lazy = new LazySnapshots(
                near,
                LazyMounts.open(
                        mounts.resolve(folder.getFileName()),
                        folder,
                        near,
                        lazily.get().patience()),
                RecordPolicy.INVOCATION,
                lazily.get().prefetch(),
                DataSize.ofMebibytes(50).bytes(),
                Clock.systemUTC());
        troubles.add(lazy.troubles());
        return new SnapshotPlaces(whole(folder, near), Optional.of(near), Optional.of(lazy));
    }

    private static DiskNodeCache whole(Path folder, SnapshotStore store) throws CacheException {
        return DiskNodeCache.open(
                folder.resolve("cache"),
                CacheBounds.of(DataSize.ofGibibytes(4)),
                Optional.of(store),
                Clock.systemUTC());
    }

    /** What went wrong on a worker that thaws lazily. */
    Troubles troubles(int worker) {
        return troubles.get(worker);
    }

    /** To be called when all workers have been closed. */
    @Override
    public void close() throws IOException {
        caches.forEach(FrameCache::close);
        Files.deleteIfExists(mounts);
    }
}
