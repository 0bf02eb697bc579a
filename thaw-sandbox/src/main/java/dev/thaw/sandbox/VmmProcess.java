package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.SandboxException.Code;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A VMM and the launcher that watches it: two processes that end together, and with this daemon. */
final class VmmProcess implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(VmmProcess.class);
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);
    private static final int LONGEST_REPORT = 8 << 10;

    private final Process launcher;
    private final BufferedReader reports;
    private final long pid;
    private final CompletableFuture<VmmExit> exited;

    private VmmProcess(Process launcher, BufferedReader reports, long pid) {
        this.launcher = requireNonNull(launcher, "launcher is null");
        this.reports = requireNonNull(reports, "reports is null");
        this.pid = pid;
        exited = launcher.onExit().thenApply(ignored -> readExit());
    }

    /** @throws SandboxException HOST when the launcher could not do what it was told */
    static VmmProcess start(List<String> command) throws SandboxException {
        Process launcher;
        try {
            launcher = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, "The launcher cannot be started: " + e.getMessage(), e);
        }
        BufferedReader reports = launcher.inputReader(StandardCharsets.UTF_8);
        try {
            String line = reports.readLine();
            if (line != null && line.startsWith("started ")) {
                return new VmmProcess(launcher, reports, Long.parseLong(line.substring("started ".length())));
            }
            launcher.destroyForcibly();
            throw new SandboxException(Code.HOST, line == null ? "The launcher ended without a word." : line);
        } catch (IOException e) {
            launcher.destroyForcibly();
            throw new SandboxException(Code.HOST, "The launcher cannot be heard: " + e.getMessage(), e);
        }
    }

    /** The VMM's own process. */
    long pid() {
        return pid;
    }

    CompletableFuture<VmmExit> exited() {
        return exited;
    }

    private VmmExit readExit() {
        char[] report = new char[LONGEST_REPORT];
        int length = 0;
        try (reports) {
            int count;
            while (length < report.length && (count = reports.read(report, length, report.length - length)) > 0) {
                length += count;
            }
        } catch (IOException e) {
            log.warn("The last words of VMM {} are lost", pid, e);
        }
        String text = new String(report, 0, length);
        int end = text.indexOf("ended ");
        if (end < 0) {
            return new VmmExit("and its launcher were killed", text);
        }
        int newline = text.indexOf('\n', end);
        String how = newline < 0 ? text.substring(end) : text.substring(end, newline);
        return new VmmExit(how, text.substring(0, end) + (newline < 0 ? "" : text.substring(newline + 1)));
    }

    /** Kills the VMM and waits until it is gone. */
    @Override
    public void close() {
        try {
            // The launcher kills its child at the end of this pipe, and reports.
            launcher.getOutputStream().close();
        } catch (IOException e) {
            log.debug("The launcher of VMM {} was gone already", pid, e);
        }
        try {
            exited.get(KILL_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            log.error("VMM {} and its launcher do not end; killing both", pid);
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            launcher.destroyForcibly();
        } catch (ExecutionException e) {
            log.error("The end of VMM {} could not be read", pid, e);
        } catch (InterruptedException e) {
            launcher.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
