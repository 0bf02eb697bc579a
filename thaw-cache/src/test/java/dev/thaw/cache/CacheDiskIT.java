package dev.thaw.cache;

import static dev.thaw.cache.CacheBench.LARGE;
import static dev.thaw.cache.CacheBench.NEVER;
import static dev.thaw.cache.CacheBench.assertRight;
import static dev.thaw.cache.DiskNodeCacheTest.assertCode;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotDraft;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache on a small disk of its own, which becomes full, read-only, or goes away. Needs root, to mount it. */
class CacheDiskIT {
    @TempDir
    Path directory;

    private CacheBench bench;

    @BeforeEach
    void mount() throws Exception {
        bench = new CacheBench(directory);
        Files.createDirectories(bench.cacheDirectory());
        run("mount", "-t", "tmpfs", "-o", "size=4m", "thaw-test", disk());
    }

    @AfterEach
    void unmount() throws Exception {
        bench.close();
        run("umount", "-R", disk());
    }

    private String disk() {
        return bench.cacheDirectory().toString();
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
    }

    @Test
    void saysThatTheDiskIsFullAndGoesOn() throws Exception {
        Manifest a = bench.publish("a", 1);
        Manifest b = bench.publish("b", 2);
        Manifest c = bench.publish("c", 3);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            Lease first = cache.acquire(a, NEVER);
            Lease second = cache.acquire(b, NEVER);
            assertCode(CacheException.Code.DISK_FULL, () -> cache.acquire(c, NEVER));
            assertCode(CacheException.Code.DISK_FULL, () -> cache.add(bench.snapshots.freeze("d", 4), NEVER));
            assertRight(first);
            assertRight(second);
            bench.assertTidy(cache);
            second.close();
            cache.drop(b.id());
            try (Lease third = cache.acquire(c, NEVER)) {
                assertRight(third);
            }
            first.close();
            bench.assertTidy(cache);
        }
    }

    @Test
    void givesWhatIsHereFromAReadOnlyDisk() throws Exception {
        SnapshotDraft draft = bench.snapshots.freeze("a", 1);
        Manifest b = bench.publish("b", 2);
        try (DiskNodeCache cache = bench.cache(LARGE)) {
            cache.add(draft, NEVER).close();
        }
        DiskNodeCache cache = bench.cache(LARGE);
        // A read-only view on top: the disk itself has the lock file open for writing and would be busy.
        run("mount", "--bind", disk(), disk());
        run("mount", "-o", "remount,ro,bind", disk());
        try (cache) {
            try (Lease lease = cache.acquireLocal(draft.identity(), draft.fit()).orElseThrow()) {
                assertRight(lease);
            }
            assertCode(CacheException.Code.UNUSABLE, () -> cache.acquire(b, NEVER));
            assertCode(CacheException.Code.UNUSABLE, () -> cache.add(bench.snapshots.freeze("c", 3), NEVER));
            assertThat(cache.stats().pinnedBytes()).isZero();
        }
        assertCode(CacheException.Code.UNUSABLE, () -> bench.cache(LARGE));
        run("umount", disk());
    }
}
