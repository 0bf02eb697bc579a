package dev.thaw.cli;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.jvm.AtExit;
import dev.thaw.cli.jvm.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A daemon of one's own: another process, in a folder that goes with it. */
final class ChildDaemon implements AutoCloseable {
    private static final String READY = "Thaw serves at ";
    private static final long STOP_SECONDS = 60;

    private final Process process;
    private final Path data;
    private final URI address;
    private final AtExit atExit;

    private ChildDaemon(Process process, Path data, URI address, AtExit atExit) {
        this.process = requireNonNull(process, "process is null");
        this.data = requireNonNull(data, "data is null");
        this.address = requireNonNull(address, "address is null");
        this.atExit = requireNonNull(atExit, "atExit is null");
    }

    /**
     * Starts a daemon in a fresh folder, on a port of its own choice.
     *
     * @param settings keys of the configuration, without data and listen
     */
    static ChildDaemon start(Map<String, String> settings) {
        return start(settings, Map.of());
    }

    /**
     * As {@link #start(Map)}.
     *
     * @param environment beyond this process's own
     */
    static ChildDaemon start(Map<String, String> settings, Map<String, String> environment) {
        try {
            return start(Files.createTempDirectory("thaw-"), settings, environment, false);
        } catch (IOException e) {
            throw new CommandFailure("No folder can be made for a daemon: " + e.getMessage(), e);
        }
    }

    /** Starts a daemon on a folder that may hold what an earlier one left. The folder goes with {@link #close}, not with {@link #kill}. */
    static ChildDaemon start(Path data, Map<String, String> settings) {
        return start(data, settings, Map.of());
    }

    /** As {@link #start(Path, Map)}, with an environment beyond this process's own. */
    static ChildDaemon start(Path data, Map<String, String> settings, Map<String, String> environment) {
        return start(data, settings, environment, false);
    }

    /** Starts a daemon that takes this one's place, address and folder. */
    ChildDaemon takenOver(Map<String, String> settings) {
        return start(data, settings, Map.of(), true);
    }

    private static ChildDaemon start(
            Path data, Map<String, String> settings, Map<String, String> environment, boolean takeover) {
        List<String> command = JavaCommand.begin();
        command.addAll(List.of(
                "-Dthaw.home=" + System.getProperty("thaw.home", "."),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--data",
                data.toString(),
                "--listen",
                "127.0.0.1:0"));
        settings.forEach((key, value) -> command.addAll(List.of("--" + key, value)));
        if (takeover) {
            command.add("--takeover");
        }
        Path log = data.resolve("daemon.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new CommandFailure("The daemon does not start: " + e.getMessage(), e);
        }
        // From its first moment on: a command that is broken off while it waits for the daemon is to end it, too.
        AtExit atExit = AtExit.undo("end-daemon", () -> end(process, data));
        try {
            return new ChildDaemon(process, data, awaitReady(process, log), atExit);
        } catch (IOException e) {
            if (atExit.cancel()) {
                end(process, data);
            }
            throw new CommandFailure("The daemon does not start: " + e.getMessage(), e);
        }
    }

    private static URI awaitReady(Process process, Path log) throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        if (line == null || !line.startsWith(READY)) {
            throw new IOException(tail(log));
        }
        return URI.create(line.substring(READY.length()));
    }

    URI address() {
        return address;
    }

    Path data() {
        return data;
    }

    /** Process ids of the VMMs that it has started. */
    List<Long> vmms() {
        return process.descendants()
                .filter(child -> child.info().command().orElse("").contains("qemu-system"))
                .map(ProcessHandle::pid)
                .toList();
    }

    /** Ends the daemon's process without a word to it, as a crash would; what it kept stays. */
    void kill() {
        atExit.cancel();
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until a daemon has ended that was taken over; returns its exit code. */
    int awaitEnd() throws InterruptedException {
        atExit.cancel();
        if (!process.waitFor(2 * STOP_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.waitFor();
    }

    private static String tail(Path log) throws IOException {
        String text = Files.readString(log);
        return text.length() > 2_000 ? text.substring(text.length() - 2_000) : text;
    }

    private static void end(Process process, Path data) {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            HostFiles.delete(data);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.err.println("The folder cannot be removed: " + data + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        if (atExit.cancel()) {
            end(process, data);
        }
    }
}
