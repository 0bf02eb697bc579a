package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentConnection;
import dev.thaw.guest.AgentLog;
import dev.thaw.guest.AgentStream;
import dev.thaw.guest.Entropy;
import dev.thaw.guest.GuestIdentity;
import dev.thaw.guest.RenewRequest;
import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The floor of a thaw on this host: a bare QEMU, started without a launcher, that restores a snapshot from plain files and answers one request. What a thaw through
 * a worker takes beyond this is Thaw's own doing. The guest does the same work as in any thaw: its agent renews it before it takes a request.
 */
public final class BareRestore {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final QemuHost host;
    private final Path directory;

    /**
     * Times since QEMU's start.
     *
     * @param initializationMillis when the function had taken the request
     * @param firstResponseMillis when the first byte of its answer was here
     */
    public record Result(double initializationMillis, double firstResponseMillis) {}

    /** @param directory for sockets, with a short name */
    public BareRestore(Path directory) throws SandboxException {
        this.host = QemuHost.find();
        this.directory = requireNonNull(directory, "directory is null");
    }

    /**
     * Restores once, sends {@code request}, waits for the first byte of the answer, and ends QEMU.
     *
     * @param memory a plain file; QEMU maps it privately
     */
    public Result run(MachineShape shape, Path memory, Path deviceState, Path rootfs, byte[] request)
            throws IOException {
        Path control = directory.resolve("floor-qmp.sock");
        Path agentSocket = directory.resolve("floor-agent.sock");
        List<String> command = new ArrayList<>(List.of(host.program().toString()));
        command.addAll(QemuCommand.devices(
                host,
                shape,
                QemuCommand.memory("memory-backend-file,id=m0,share=off,size=" + shape.memoryBytes() + ",mem-path="
                        + QemuCommand.escaped(memory)),
                "path=" + control,
                "path=" + agentSocket,
                QemuCommand.rootfs(QemuCommand.escaped(rootfs))));
        command.addAll(List.of("-incoming", "defer", "-S"));
        Files.deleteIfExists(control);
        Files.deleteIfExists(agentSocket);
        long begin = System.nanoTime();
        Process qemu = new ProcessBuilder(command)
                .redirectInput(deviceState.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return restore(qemu, begin, control, agentSocket, request);
        } finally {
            qemu.destroyForcibly();
            awaitEnd(qemu);
            Files.deleteIfExists(control);
            Files.deleteIfExists(agentSocket);
        }
    }

    private static Result restore(Process qemu, long begin, Path control, Path agentSocket, byte[] request)
            throws IOException {
        // The agent's socket is the last that QEMU makes: once it listens there, it listens at the other too.
        try (AgentConnection agent = AgentConnection.toThawing(connect(qemu, agentSocket), new SilentLog());
                QmpConnection qmp = QmpConnection.open(control, TIMEOUT)) {
            qmp.send("migrate-set-capabilities", Vmm.capabilities());
            qmp.execute("migrate-incoming", Map.of("uri", "fd:0"), TIMEOUT);
            qmp.awaitMigration(TIMEOUT);
            qmp.execute("cont", Map.of(), TIMEOUT);
            agent.renew(
                    new RenewRequest(
                            RenewRequest.Kind.THAWED,
                            Instant.now(),
                            Entropy.fresh(),
                            GuestIdentity.fresh("floor"),
                            TIMEOUT),
                    TIMEOUT);
            try (AgentStream stream = agent.openStream(ByteBuffer.wrap(request), TIMEOUT)) {
                if (stream.input().read() < 0) {
                    throw new SandboxException(Code.FUNCTION, "The function closed the connection without an answer.");
                }
                long end = System.nanoTime();
                return new Result((stream.openedNanos().orElse(end) - begin) / 1e6, (end - begin) / 1e6);
            }
        }
    }

    /** Tries until QEMU listens: there is nothing to wait on. */
    private static SocketChannel connect(Process qemu, Path socket) throws IOException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (true) {
            try {
                return SocketChannel.open(UnixDomainSocketAddress.of(socket));
            } catch (SocketException e) {
                if (!qemu.isAlive() || System.nanoTime() > deadline) {
                    throw new SandboxException(Code.VMM_DIED, "The bare QEMU does not come up.", e);
                }
                LockSupport.parkNanos(200_000);
            }
        }
    }

    private static void awaitEnd(Process qemu) throws IOException {
        try {
            if (!qemu.waitFor(TIMEOUT.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new SandboxException(Code.VMM_HUNG, "The bare QEMU does not end.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a clone prints is of no interest here. */
    private static final class SilentLog implements AgentLog {
        @Override
        public void append(Source source, byte[] bytes) {}

        @Override
        public void dropped(long bytes) {}
    }
}
