package dev.thaw.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.Manifest;
import dev.thaw.store.Part;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Kills {@link CrashWorker} in the middle of its work, again and again, and looks at what it left. */
final class CrashTrial {
    private final Path directory;

    CrashTrial(Path directory) {
        this.directory = directory;
    }

    void run(int kills) throws Exception {
        long first = Long.getLong("thaw.seed", new Random().nextInt(1_000_000));
        for (long seed = first; seed < first + kills; seed++) {
            System.out.println("thaw.seed=" + seed);
            kill(seed);
            check();
        }
    }

    private void kill(long seed) throws Exception {
        Process worker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashWorker.class.getName(),
                        directory.toString(),
                        String.valueOf(seed))
                .redirectError(directory.resolve("worker.log").toFile())
                .start();
        try (BufferedReader out = worker.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.equals("at work")) {
                line = out.readLine();
            }
            assertThat(line)
                    .as(Files.readString(directory.resolve("worker.log")))
                    .isNotNull();
            // The moment of the kill is what is random here, not something that is waited for.
            boolean ended = worker.waitFor(new Random(seed).nextInt(1500), TimeUnit.MILLISECONDS);
            assertThat(ended).as(() -> "the worker failed by itself: " + log()).isFalse();
        } finally {
            worker.destroyForcibly().waitFor();
        }
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("worker.log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Every published snapshot is whole; the cache opens, is tidy and right, and works. */
    private void check() throws IOException {
        try (CacheBench bench = new CacheBench(directory)) {
            for (Manifest manifest : bench.store.list(CacheBench.NEVER)) {
                for (Part part : manifest.parts()) {
                    Path file = directory.resolve("fetched");
                    bench.store.fetch(part, file, CacheBench.NEVER);
                    Files.delete(file);
                }
            }
            try (DiskNodeCache cache = bench.cache(CrashWorker.BOUNDS)) {
                bench.assertTidy(cache);
                assertThat(cache.stats().usedBytes()).isLessThanOrEqualTo(CrashWorker.BOUNDS.totalBytes());
                for (CachedSnapshot cached : cache.list()) {
                    try (Lease lease = cache.acquire(cached.manifest(), CacheBench.NEVER)) {
                        assertThat(lease.local()).isTrue();
                        CacheBench.assertRight(lease);
                    }
                }
                assertThat(cache.stats().corruptParts()).isZero();
            }
            emptyFrozen();
        }
    }

    /** The freezes themselves are not wanted any more, and would fill the disk. */
    private void emptyFrozen() throws IOException {
        try (var files = Files.list(directory.resolve("frozen"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }
}
