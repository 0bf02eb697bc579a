package dev.thaw.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the kernel tells of a process's processor time. */
final class ProcessorTimes {
    private ProcessorTimes() {}

    /**
     * Of all threads that the process has now, a guest's own time included. Source: the first number in {@code /proc/PID/task/TID/schedstat} (Linux, sched-stats).
     *
     * @return nanoseconds
     * @throws IOException when there is no such process, or the kernel does not tell
     */
    static long nanos(long pid) throws IOException {
        long sum = 0;
        List<Path> threads;
        try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/task"))) {
            threads = all.toList();
        }
        for (Path thread : threads) {
            try {
                String text = Files.readString(thread.resolve("schedstat"));
                sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
            } catch (NoSuchFileException e) {
                if (Files.exists(thread)) {
                    throw e; // this kernel does not count
                }
                // The thread has ended meanwhile.
            }
        }
        return sum;
    }
}
