package dev.thaw.cli.bench.reads;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.Lease;
import dev.thaw.cache.eviction.Eviction;
import dev.thaw.cache.frame.DiskFrameCache;
import dev.thaw.cache.frame.FrameCacheConfig;
import dev.thaw.lazy.LazyMounts;
import dev.thaw.lazy.LazySnapshots;
import dev.thaw.lazy.Prefetch;
import dev.thaw.lazy.RecordPolicy;
import dev.thaw.store.DataSize;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** The tree in the root file system's image, which is a file of a lazy mount as a thawed VMM has it; the kernel's erofs reads it through a loop device. */
final class ThawTree implements Tree {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final DataSize CACHE = DataSize.ofGibibytes(4);

    private final DiskFrameCache frames;
    private final LazySnapshots lazy;
    private final Lease lease;
    private final Path root;

    private ThawTree(DiskFrameCache frames, LazySnapshots lazy, Lease lease, Path root) {
        this.frames = requireNonNull(frames, "frames is null");
        this.lazy = requireNonNull(lazy, "lazy is null");
        this.lease = requireNonNull(lease, "lease is null");
        this.root = requireNonNull(root, "root is null");
    }

    /** @param snapshot published in the store, with a hot companion, which is not used */
    static Mounter published(SnapshotStore store, Manifest snapshot) {
        return new Mounter() {
            @Override
            public String name() {
                return "thaw";
            }

            @Override
            public Tree mount(Path work) throws IOException {
                return ThawTree.mount(store, snapshot, work);
            }
        };
    }

    private static Tree mount(SnapshotStore store, Manifest snapshot, Path work) throws IOException {
        DiskFrameCache frames =
                DiskFrameCache.open(work.resolve("frames"), FrameCacheConfig.of(CacheBounds.of(CACHE), Eviction.LRU));
        try {
            SnapshotStore near = store.through(frames);
            LazySnapshots lazy = new LazySnapshots(
                    near,
                    LazyMounts.open(work.resolve("m"), work, near, PATIENCE),
                    RecordPolicy.NONE,
                    Prefetch.NONE,
                    CACHE.bytes(),
                    Clock.systemUTC());
            try {
                Lease lease = lazy.acquire(snapshot, Cancellation.never())
                        .orElseThrow(() -> new IOException("The snapshot has no hot companion."));
                Path root = Files.createDirectory(work.resolve("tree"));
                Programs.run(List.of(
                        "mount", "-t", "erofs", "-o", "ro,loop", lease.rootfs().toString(), root.toString()));
                return new ThawTree(frames, lazy, lease, root);
            } catch (IOException | RuntimeException e) {
                lazy.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            frames.close();
            throw e;
        }
    }

    @Override
    public Path root() {
        return root;
    }

    @Override
    public void close() throws IOException {
        try {
            Programs.run(List.of("umount", root.toString()));
        } finally {
            lease.close();
            lazy.close();
            frames.close();
        }
    }
}
