package dev.thaw.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Counts what this process holds of the machine: child processes, mounts, network links, open descriptors by kind, platform threads, files under the given folders. Two counts that differ
 * after a test show a leak.
 */
final class Census {
    private final List<Path> folders;

    Census(List<Path> folders) {
        this.folders = List.copyOf(folders);
    }

    /** Names of what is held, with how often. */
    Map<String, Long> count() {
        Map<String, Long> held = new TreeMap<>();
        ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .forEach(process ->
                        held.merge("process " + process.info().command().orElse("?"), 1L, Long::sum));
        try {
            try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
                held.put("mounts", mounts.count());
            }
            for (Path link : list(Path.of("/sys/class/net"))) {
                held.merge("link " + link.getFileName(), 1L, Long::sum);
            }
            for (Path descriptor : list(Path.of("/proc/self/fd"))) {
                kindOf(descriptor).ifPresent(kind -> held.merge("descriptor " + kind, 1L, Long::sum));
            }
            for (Path folder : folders) {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.forEach(file -> held.merge("file " + file, 1L, Long::sum));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                // The JDK's own threads for virtual threads and processes grow and shrink as it likes, within its
                // bounds.
                .filter(name -> !name.startsWith("ForkJoinPool")
                        && !name.startsWith("process reaper")
                        && !name.startsWith("awaitility")
                        && !name.startsWith("Cleaner")
                        && !name.startsWith("VirtualThread"))
                .forEach(name -> held.merge("thread " + name.replaceAll("\\d+", "N"), 1L, Long::sum));
        return held;
    }

    /** Waits until nothing is held beyond what was held before. What ends by itself may take a moment. */
    void assertNothingBeyond(Map<String, Long> before) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(beyond(before, count()))
                        .as("what is held beyond before")
                        .isEmpty());
    }

    private static Map<String, Long> beyond(Map<String, Long> before, Map<String, Long> now) {
        Map<String, Long> more = new TreeMap<>();
        now.forEach((what, count) -> {
            long extra = count - before.getOrDefault(what, 0L);
            if (extra > 0) {
                more.put(what, extra);
            }
        });
        return more;
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }

    /** Empty for one that was closed meanwhile, as that is by which the descriptors were listed. */
    private static Optional<String> kindOf(Path descriptor) throws IOException {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            List<String> kinds =
                    new ArrayList<>(List.of("socket:", "pipe:", "anon_inode:[eventpoll]", "anon_inode:[eventfd]"));
            return Optional.of(
                    kinds.stream().filter(target::startsWith).findFirst().orElse(target));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
