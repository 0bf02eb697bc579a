package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.CacheException;
import dev.thaw.cache.DiskNodeCache;
import dev.thaw.cache.frame.DiskFrameCache;
import dev.thaw.cache.frame.FrameCacheConfig;
import dev.thaw.gateway.observe.Metrics;
import dev.thaw.lazy.LazyException;
import dev.thaw.lazy.LazyMounts;
import dev.thaw.lazy.LazySnapshots;
import dev.thaw.lazy.Prefetch;
import dev.thaw.node.SnapshotPlaces;
import dev.thaw.store.DataSize;
import dev.thaw.store.FrameCache;
import dev.thaw.store.SnapshotStore;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives each worker what it has of snapshots: a cache of whole ones, one of frames, and mounts for those that arrive behind their guests. */
final class SnapshotAssembly {
    private static final Logger log = LoggerFactory.getLogger(SnapshotAssembly.class);

    private final DaemonConfig config;
    private final Optional<SnapshotStore> store;
    private final Metrics metrics;
    private final Clock clock;
    private final Resources resources;
    private final List<FrameCache> frameCaches = new ArrayList<>();

    SnapshotAssembly(
            DaemonConfig config, Optional<SnapshotStore> store, Metrics metrics, Clock clock, Resources resources) {
        this.config = requireNonNull(config, "config is null");
        this.store = requireNonNull(store, "store is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.resources = requireNonNull(resources, "resources is null");
        resources.add("mounts' run directory", this::removeRunDirectory);
    }

    /** @param folder the worker's own */
    SnapshotPlaces open(String worker, Path folder) throws IOException {
        try {
            if (store.isEmpty() || config.prefetch() == Prefetch.WHOLE) {
                return SnapshotPlaces.whole(whole(folder, config.cacheSize(), store), store);
            }
            // What was frozen here lies here as a whole, what comes from the store as frames: each has half.
            DataSize half = new DataSize(config.cacheSize().bytes() / 2);
            DiskFrameCache frames = resources.add(
                    worker + " frames",
                    DiskFrameCache.open(
                            folder.resolve("frames"), FrameCacheConfig.of(bounds(half), config.eviction())));
            Gauges.register(metrics, worker, frames::stats);
            frameCaches.add(frames);
            Optional<SnapshotStore> near = Optional.of(store.get().through(frames));
            return new SnapshotPlaces(whole(folder, half, near), near, lazy(worker, folder, near.get()));
        } catch (CacheException e) {
            throw new IOException("The cache of " + worker + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** Of all workers that were opened. */
    List<FrameCache> frameCaches() {
        return frameCaches;
    }

    private DiskNodeCache whole(Path folder, DataSize keep, Optional<SnapshotStore> origin) throws CacheException {
        return DiskNodeCache.open(folder.resolve("cache"), bounds(keep), origin, clock);
    }

    /** What runs must fit whatever is kept for later: instances hold their memory's bound in snapshots at most. */
    private CacheBounds bounds(DataSize keep) {
        return new CacheBounds(
                keep, new DataSize(Math.max(keep.bytes(), 2 * config.memory().bytes())));
    }

    /** Beside that of the sandboxes, which clear theirs of what they do not know; a short path, for sockets. */
    private Path runDirectory() {
        return config.run().resolveSibling(config.run().getFileName() + ".lazy");
    }

    private void removeRunDirectory() throws IOException {
        try {
            Files.deleteIfExists(runDirectory());
        } catch (DirectoryNotEmptyException e) {
            log.info("{} is left to the next daemon", runDirectory());
        }
    }

    private Optional<LazySnapshots> lazy(String worker, Path folder, SnapshotStore near) throws IOException {
        try {
            LazyMounts mounts =
                    LazyMounts.open(runDirectory().resolve(worker), config.data(), near, config.missPatience());
            LazySnapshots lazy = new LazySnapshots(
                    near,
                    mounts,
                    config.record(),
                    config.prefetch(),
                    config.prefetchRate().bytes(),
                    clock);
            Gauges.register(metrics, worker, lazy.troubles());
            return Optional.of(lazy);
        } catch (LazyException e) {
            log.warn("{} fetches snapshots as a whole: {}", worker, e.getMessage());
            return Optional.empty();
        }
    }
}
