package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.SandboxException.Code;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A VMM and the launcher that watches it: two processes that end together, and with this daemon, unless they are held for the next one. A launcher is spoken to
 * through its standard streams by the daemon that started it, and through a unix socket by a later one.
 */
final class VmmProcess implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(VmmProcess.class);
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);
    private static final int LONGEST_REPORT = 8 << 10;
    private static final String STARTED = "started ";

    private final Launcher launcher;
    private final BufferedReader reports;
    private final long pid;
    private final CompletableFuture<VmmExit> exited;
    private final AtomicBoolean left = new AtomicBoolean();

    /** The other end. */
    private interface Launcher {
        OutputStream commands();

        /** Says nothing more to it; it ends its VMM, unless that is held. */
        void hangUp() throws IOException;

        /** Has its report read when there is one. */
        CompletableFuture<VmmExit> report(Supplier<VmmExit> reading);

        void kill();
    }

    private VmmProcess(Launcher launcher, BufferedReader reports, long pid) {
        this.launcher = launcher;
        this.reports = requireNonNull(reports, "reports is null");
        this.pid = pid;
        exited = launcher.report(this::readExit);
    }

    /** @throws SandboxException HOST when the launcher could not do what it was told */
    static VmmProcess start(List<String> command) throws SandboxException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, "The launcher cannot be started: " + e.getMessage(), e);
        }
        return greeted(new Child(process), process.inputReader(StandardCharsets.UTF_8));
    }

    /**
     * Takes up the VMM of an earlier daemon. Waits for as long as that daemon holds on to it.
     *
     * @param socket where its launcher waits for the next daemon
     * @throws SandboxException VMM_DIED when launcher and VMM have ended, before or while this waits
     */
    static VmmProcess adopt(Path socket) throws SandboxException {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, "No socket for a launcher: " + e.getMessage(), e);
        }
        Adopted launcher = new Adopted(channel);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            launcher.kill();
            throw new SandboxException(Code.VMM_DIED, "Its launcher has ended.", e);
        }
        BufferedReader reports =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        return greeted(launcher, reports);
    }

    private static VmmProcess greeted(Launcher launcher, BufferedReader reports) throws SandboxException {
        try {
            String line = reports.readLine();
            if (line != null && line.startsWith(STARTED)) {
                return new VmmProcess(launcher, reports, Long.parseLong(line.substring(STARTED.length())));
            }
            launcher.kill();
            throw new SandboxException(
                    launcher instanceof Adopted ? Code.VMM_DIED : Code.HOST,
                    line == null ? "The launcher ended without a word." : line);
        } catch (IOException e) {
            launcher.kill();
            throw new SandboxException(
                    launcher instanceof Adopted ? Code.VMM_DIED : Code.HOST,
                    "The launcher cannot be heard: " + e.getMessage(),
                    e);
        }
    }

    /** One that this daemon has started. */
    private record Child(Process process) implements Launcher {
        @Override
        public OutputStream commands() {
            return process.getOutputStream();
        }

        @Override
        public void hangUp() throws IOException {
            process.getOutputStream().close();
        }

        @Override
        public CompletableFuture<VmmExit> report(Supplier<VmmExit> reading) {
            return process.onExit().thenApply(ignored -> reading.get());
        }

        @Override
        public void kill() {
            process.destroyForcibly();
        }
    }

    /** One that an earlier daemon has started. */
    private record Adopted(SocketChannel channel) implements Launcher {
        @Override
        public OutputStream commands() {
            return Channels.newOutputStream(channel);
        }

        @Override
        public void hangUp() throws IOException {
            channel.shutdownOutput();
        }

        /** It comes up to the end of the connection. */
        @Override
        public CompletableFuture<VmmExit> report(Supplier<VmmExit> reading) {
            CompletableFuture<VmmExit> exit = new CompletableFuture<>();
            Thread.ofVirtual().name("thaw-launcher").start(() -> exit.complete(reading.get()));
            return exit;
        }

        @Override
        public void kill() {
            try {
                channel.close();
            } catch (IOException e) {
                log.debug("A launcher's socket cannot be closed", e);
            }
        }
    }

    /** From now on the VMM waits for the next daemon when this one ends. */
    void hold() throws IOException {
        command('h');
    }

    /** From now on the VMM ends with this daemon. */
    void release() throws IOException {
        command('r');
    }

    /**
     * Tells the launcher the files of a VMM that was started ahead of need; from then on that VMM goes on by itself. All of them are opened by the launcher, for reading
     * only.
     */
    synchronized void nameFiles(Path memory, Path rootfs, Path deviceState) throws IOException {
        OutputStream commands = launcher.commands();
        commands.write(("f" + memory + '\0' + rootfs + '\0' + deviceState + '\0').getBytes(StandardCharsets.UTF_8));
        commands.flush();
    }

    private synchronized void command(char command) throws IOException {
        OutputStream commands = launcher.commands();
        commands.write(command);
        commands.flush();
    }

    /** Leaves the VMM to the next daemon. {@link #exited} means nothing any more. */
    void letGo() throws IOException {
        hold();
        left.set(true);
        launcher.hangUp();
        if (launcher instanceof Adopted adopted) {
            adopted.kill();
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
            if (!left.get()) {
                log.warn("The last words of VMM {} are lost", pid, e);
            }
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
            release();
        } catch (IOException e) {
            log.debug("The launcher of VMM {} cannot be told", pid, e);
        }
        try {
            // It kills its child at the end of this pipe, and reports.
            launcher.hangUp();
        } catch (IOException e) {
            log.debug("The launcher of VMM {} was gone already", pid, e);
        }
        try {
            exited.get(KILL_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            log.error("VMM {} and its launcher do not end; killing both", pid);
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            launcher.kill();
        } catch (ExecutionException e) {
            log.error("The end of VMM {} could not be read", pid, e);
        } catch (InterruptedException e) {
            launcher.kill();
            Thread.currentThread().interrupt();
        }
    }
}
