package dev.thaw.cache.frame;

import static dev.thaw.store.TestFrames.keys;
import static dev.thaw.store.TestFrames.sealed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.cache.CacheException;
import dev.thaw.store.FrameCache;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache of frames on a small disk of its own, which becomes full or read-only. Needs root, to mount it. */
class FrameDiskIT {
    private static final long LARGE = 100 << 20;
    private static final int FRAMES = 400;

    @TempDir
    Path directory;

    private Path disk = Path.of("/");
    private Path cacheDirectory = Path.of("/");

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectories(directory.resolve("disk"));
        cacheDirectory = disk.resolve("frames");
        run("mount", "-t", "tmpfs", "-o", "size=2m", "thaw-test", disk.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "-R", disk.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
    }

    private void putAll(FrameCache cache) {
        keys(0, FRAMES).forEach(key -> cache.put(key, sealed(key)));
    }

    private static long right(DiskFrameCache cache) {
        return keys(0, FRAMES).stream()
                .filter(key -> FrameBench.isRight(cache, key))
                .count();
    }

    @Test
    void goesOnWithWhatAFullDiskTakes() throws Exception {
        try (DiskFrameCache cache = FrameBench.open(cacheDirectory, LARGE)) {
            putAll(cache);
            cache.drain();
            assertFull(cache);
            putAll(cache);
            cache.drain();
            assertFull(cache);
            keys(0, FRAMES / 2).forEach(cache::discard);
            putAll(cache);
            cache.drain();
            assertThat(right(cache)).isEqualTo(cache.stats().frames());
            run("mount", "-o", "remount,size=50m", disk.toString());
            putAll(cache);
            cache.drain();
            assertThat(right(cache)).as("it works again").isEqualTo(FRAMES);
        }
        try (DiskFrameCache cache = FrameBench.open(cacheDirectory, LARGE)) {
            assertThat(right(cache)).isEqualTo(cache.stats().frames()).isPositive();
        }
    }

    private static void assertFull(DiskFrameCache cache) {
        FrameCacheStats stats = cache.stats();
        assertThat(stats.refusals().get(PutRefusal.DISK)).isPositive();
        assertThat(stats.faults()).isPositive();
        assertThat(stats.queuedBytes()).isZero();
        assertThat(stats.usedBytes()).isLessThan(3 << 20);
        assertThat(right(cache)).isEqualTo(stats.frames()).isGreaterThan(50);
    }

    @Test
    void startsOnADiskThatIsFullAlready() throws Exception {
        Path ballast = disk.resolve("ballast");
        Files.createDirectories(cacheDirectory);
        assertThatThrownBy(() -> Files.write(ballast, new byte[3 << 20])).isInstanceOf(IOException.class);
        try (DiskFrameCache cache = FrameBench.open(cacheDirectory, LARGE)) {
            putAll(cache);
            cache.drain();
            assertThat(right(cache)).isZero();
            assertThat(cache.stats().usedBytes()).isZero();
            Files.delete(ballast);
            putAll(cache);
            cache.drain();
            assertThat(right(cache)).as("it works again").isGreaterThan(50);
        }
    }

    @Test
    void givesWhatIsHereFromAReadOnlyDisk() throws Exception {
        run("mount", "-o", "remount,size=50m", disk.toString());
        try (DiskFrameCache cache = FrameBench.open(cacheDirectory, LARGE)) {
            keys(0, FRAMES / 2).forEach(key -> cache.put(key, sealed(key)));
        }
        DiskFrameCache cache = FrameBench.open(cacheDirectory, LARGE);
        cache.drain();
        // A read-only view on top: the disk itself has files open for writing and would be busy. What is open stays
        // writable; the journal, which is written anew here, and the next opening meet the read-only disk.
        run("mount", "--bind", disk.toString(), disk.toString());
        run("mount", "-o", "remount,ro,bind", disk.toString());
        try (cache) {
            assertThat(right(cache)).isEqualTo(FRAMES / 2);
            for (int round = 0; round < 20; round++) {
                keys(0, FRAMES / 2).forEach(cache::discard);
                putAll(cache);
                cache.drain();
            }
            assertThat(cache.stats().faults()).isPositive();
            assertThat(right(cache)).isEqualTo(cache.stats().frames());
        }
        assertThatThrownBy(() -> FrameBench.open(cacheDirectory, LARGE))
                .isInstanceOfSatisfying(
                        CacheException.class, e -> assertThat(e.code()).isEqualTo(CacheException.Code.UNUSABLE));
        run("umount", disk.toString());
        try (DiskFrameCache again = FrameBench.open(cacheDirectory, LARGE)) {
            assertThat(right(again)).isEqualTo(again.stats().frames()).isPositive();
        }
    }
}
