package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What this process has, before and after a test. */
record Leaks(Path directory, long fuseDescriptors, long mounts, long holders) {
    /** @param directory in which the test's mounts are */
    static Leaks now(Path directory) throws IOException {
        return new Leaks(directory, countDescriptors(), countMounts(directory), countHolders());
    }

    private static long countDescriptors() throws IOException {
        long count = 0;
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : files.toList()) {
                if (Files.isSymbolicLink(file)) {
                    String target = Files.readSymbolicLink(file).toString();
                    count += target.contains("fuse") || target.contains("/files/") ? 1 : 0;
                }
            }
        }
        return count;
    }

    private static long countMounts(Path directory) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(line -> line.contains(" " + directory + "/"))
                .count();
    }

    private static long countHolders() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().command().orElse("").contains("lazy-holder"))
                .count();
    }

    static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("thaw-lazy-"))
                .collect(Collectors.toSet());
    }

    void assertNoneSince() {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(Leaks.now(directory)).isEqualTo(this));
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(threads()).isEmpty());
    }
}
