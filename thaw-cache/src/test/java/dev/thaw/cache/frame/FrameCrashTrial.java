package dev.thaw.cache.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.TestFrames;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Kills {@link FrameCrashWorker} in the middle of its work, again and again, and looks at what it left. */
final class FrameCrashTrial {
    private static final int LONGEST_MILLIS = 300;

    private final Path cacheDirectory;
    private final Path log;
    private long frames; // that were here after a kill, altogether

    FrameCrashTrial(Path directory) {
        this.cacheDirectory = directory.resolve("cache");
        this.log = directory.resolve("worker.log");
    }

    void run(int kills) throws Exception {
        long first = Long.getLong("thaw.seed", new Random().nextInt(1_000_000));
        System.out.println("thaw.seed=" + first);
        for (long seed = first; seed < first + kills; seed++) {
            kill(seed);
            check("after the kill with thaw.seed=" + seed);
        }
        try (DiskFrameCache empty = FrameBench.open(cacheDirectory, 0)) {
            FrameBench.assertCountsRight(cacheDirectory, empty, FrameJournal.BASE_BYTES);
        }
        assertThat(frames).as("what survived").isGreaterThan(20L * kills);
    }

    private void kill(long seed) throws Exception {
        Process worker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FrameCrashWorker.class.getName(),
                        cacheDirectory.toString(),
                        String.valueOf(seed))
                .redirectError(log.toFile())
                .start();
        try (BufferedReader out = worker.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.equals("at work")) {
                line = out.readLine();
            }
            assertThat(line).as(() -> "seed " + seed + ": " + read(log)).isNotNull();
            // The moment of the kill is what is random here, not something that is waited for.
            boolean ended = worker.waitFor(new Random(seed).nextInt(LONGEST_MILLIS), TimeUnit.MILLISECONDS);
            assertThat(ended)
                    .as(() -> "the worker failed by itself with seed " + seed + ": " + read(log))
                    .isFalse();
        } finally {
            worker.destroyForcibly().waitFor();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The cache opens, gives right bytes alone, counts what the disk keeps, and works. */
    private void check(String when) throws Exception {
        long bound = FrameCrashWorker.IN_USE_BYTES;
        try (DiskFrameCache cache = DiskFrameCache.open(
                cacheDirectory, FrameBench.config(FrameCrashWorker.KEEP_BYTES, FrameCrashWorker.IN_USE_BYTES))) {
            FrameBench.assertCountsRight(cacheDirectory, cache, bound);
            int here = cache.stats().frames();
            long right = TestFrames.keys(0, FrameCrashWorker.FRAMES).stream()
                    .filter(key -> FrameBench.isRight(cache, key))
                    .count();
            assertThat(right).as(when).isEqualTo(here);
            assertThat(cache.stats().faults()).as(when).isZero();
            frames += here;
        }
        try (Stream<Path> files = Files.list(cacheDirectory)) {
            List<String> names = files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
            assertThat(names).as(when).containsExactly("data", "journal", "lock");
        }
    }
}
