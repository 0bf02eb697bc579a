package dev.thaw.kubernetes.cluster;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that was started and written down: its id and the time it started, so that another run can end it and never ends a
 * stranger that got the same id.
 *
 * <p>The process writes the record itself before it becomes the program: there is no moment at which it runs unrecorded.
 *
 * @param record file with the process' line of {@code /proc/<pid>/stat}
 */
record StartedProcess(String name, long pid, String startTime, Path record) {
    private static final Duration GRACE = Duration.ofSeconds(10);

    /** Writes the line of /proc and becomes the program; a record that cannot be written is a program that does not start. */
    private static final String RECORD_AND_EXEC =
            "read -r line < /proc/$$/stat && echo \"$line\" > \"$0\" && exec \"$@\"";

    StartedProcess {
        requireNonNull(name, "name is null");
        requireNonNull(startTime, "startTime is null");
        requireNonNull(record, "record is null");
    }

    /** Starts a program in a session of its own, so that Ctrl-C at the terminal does not reach it. */
    static Process start(String name, Path folder, List<String> command) throws IOException {
        Files.createDirectories(folder.resolve("pids"));
        Files.createDirectories(folder.resolve("logs"));
        Path record = folder.resolve("pids").resolve(name);
        Path log = folder.resolve("logs").resolve(name + ".log");
        List<String> words =
                new java.util.ArrayList<>(List.of("setsid", "sh", "-c", RECORD_AND_EXEC, record.toString()));
        words.addAll(command);
        return new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    /** Every process recorded under the folder, whether it still runs or not. */
    static List<StartedProcess> recorded(Path folder) throws IOException {
        Path pids = folder.resolve("pids");
        if (!Files.isDirectory(pids)) {
            return List.of();
        }
        try (var files = Files.list(pids)) {
            return files.sorted()
                    .map(StartedProcess::read)
                    .flatMap(Optional::stream)
                    .toList();
        }
    }

    private static Optional<StartedProcess> read(Path record) {
        try {
            String line = Files.readString(record, StandardCharsets.UTF_8).strip();
            return line.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new StartedProcess(
                            requireNonNull(record.getFileName()).toString(),
                            Long.parseLong(line.substring(0, line.indexOf(' '))),
                            startTime(line),
                            record));
        } catch (IOException | RuntimeException e) {
            throw new ControlPlaneException(
                    record + " is not a record of a process; look at it and remove it by hand", e);
        }
    }

    /** Field 22 of proc(5)'s stat, counted after the name in parentheses, which may hold spaces. */
    private static String startTime(String statLine) {
        return statLine.substring(statLine.lastIndexOf(')') + 2).split(" ", -1)[19];
    }

    boolean running() {
        try {
            String line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.UTF_8);
            boolean zombie = line.charAt(line.lastIndexOf(')') + 2) == 'Z';
            return !zombie && startTime(line).equals(startTime);
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends the process if it is still the one that was started, and forgets it. */
    void end() throws IOException {
        Optional<ProcessHandle> handle = ProcessHandle.of(pid);
        if (handle.isPresent() && running()) {
            handle.get().destroy();
            if (!ended(handle.get(), GRACE)) {
                handle.get().destroyForcibly();
                if (!ended(handle.get(), GRACE)) {
                    throw new ControlPlaneException(name + " (process " + pid + ") does not end");
                }
            }
        }
        Files.deleteIfExists(record);
    }

    private boolean ended(ProcessHandle handle, Duration limit) {
        try {
            handle.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return !running();
        } catch (ExecutionException e) {
            throw new ControlPlaneException("cannot wait for " + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlPlaneException("interrupted while ending " + name, e);
        }
    }
}
