package dev.thaw.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.DataSize;
import dev.thaw.store.Manifest;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.PartFile;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.TestSnapshots;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.ObjectStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A store with snapshots, and caches in front of it, all in one directory. */
final class CacheBench implements AutoCloseable {
    static final Cancellation NEVER = Cancellation.never();
    static final CacheBounds LARGE = CacheBounds.of(DataSize.ofMebibytes(100));

    final Path directory;
    final TestSnapshots snapshots;
    final ObjectStore objects;
    final GatedStore store;
    final AtomicLong seconds = new AtomicLong(1_800_000_000);

    CacheBench(Path directory) throws IOException {
        this.directory = directory;
        this.snapshots = new TestSnapshots(Files.createDirectories(directory.resolve("frozen")));
        this.objects = ObjectStores.open("file:" + directory.resolve("store"));
        this.store = new GatedStore(new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.systemUTC()));
    }

    /** A clock that goes on by a second with every look. */
    Clock clock() {
        InstantSource source = () -> Instant.ofEpochSecond(seconds.incrementAndGet());
        return source.withZone(ZoneId.of("UTC"));
    }

    Path cacheDirectory() {
        return directory.resolve("cache");
    }

    DiskNodeCache cache(CacheBounds bounds) throws CacheException {
        return DiskNodeCache.open(cacheDirectory(), bounds, Optional.of(store), clock());
    }

    DiskNodeCache cacheWithoutStore(CacheBounds bounds) throws CacheException {
        return DiskNodeCache.open(cacheDirectory(), bounds, Optional.empty(), clock());
    }

    Manifest publish(String function, long seed) throws IOException {
        return store.publish(snapshots.freeze(function, seed), NEVER);
    }

    /** A lease's files are what its manifest says. */
    static void assertRight(Lease lease) throws IOException {
        Manifest manifest = lease.manifest();
        assertThat(PartFile.describe(manifest.memory().kind(), manifest.trustDomain(), lease.memory(), NEVER))
                .isEqualTo(manifest.memory());
        assertThat(PartFile.describe(manifest.state().kind(), manifest.trustDomain(), lease.state(), NEVER))
                .isEqualTo(manifest.state());
        assertThat(PartFile.describe(manifest.rootfs().kind(), manifest.trustDomain(), lease.rootfs(), NEVER))
                .isEqualTo(manifest.rootfs());
    }

    static void assertSame(Lease lease, SnapshotDraft draft) {
        assertThat(lease.memory()).hasSameBinaryContentAs(draft.memory().file());
        assertThat(lease.state()).hasSameBinaryContentAs(draft.state().file());
        assertThat(lease.rootfs()).hasSameBinaryContentAs(draft.rootfs().file());
    }

    private List<Path> partFiles() throws IOException {
        try (Stream<Path> files = Files.walk(cacheDirectory().resolve("parts"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /** Nothing half-written, and no part that the cache does not count, or counts with other bytes than it takes. */
    void assertTidy(NodeCache cache) throws IOException {
        assertThat(cacheDirectory().resolve("incoming")).isEmptyDirectory();
        long allocated = 0;
        for (Path file : partFiles()) {
            allocated += AllocatedBytes.of(file);
        }
        // A file system may note the place of a file's blocks only later, when it writes them.
        long notes = 8192L * partFiles().size();
        assertThat(cache.stats().usedBytes()).isBetween(Math.max(0, allocated - notes), allocated + notes);
    }

    static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 1;
        Files.write(file, bytes);
    }

    @Override
    public void close() {
        store.close();
    }
}
