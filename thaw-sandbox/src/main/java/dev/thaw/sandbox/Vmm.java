package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentConnection;
import dev.thaw.guest.AgentException;
import dev.thaw.guest.FunctionExit;
import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running QEMU: its processes, its control connection, the connection to its guest's agent, its user and its folder. */
final class Vmm implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Vmm.class);
    private static final Duration GREETING_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(20);

    /** How long a VMM that closed its sockets may take until it has ended, so that the error can say how. */
    private static final Duration LAST_WORDS_TIMEOUT = Duration.ofSeconds(2);

    /** Begins the conversation with an agent: one that boots, or one that comes out of a snapshot. */
    @FunctionalInterface
    interface AgentOpener {
        AgentConnection open(SocketChannel channel) throws IOException;
    }

    private final String id;
    private final RunDirectory directory;
    private final VmmProcess process;
    private final QmpConnection control;
    private final AgentConnection agent;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean left = new AtomicBoolean();

    private Vmm(String id, RunDirectory directory, VmmProcess process, QmpConnection control, AgentConnection agent) {
        this.id = requireNonNull(id, "id is null");
        this.directory = requireNonNull(directory, "directory is null");
        this.process = requireNonNull(process, "process is null");
        this.control = requireNonNull(control, "control is null");
        this.agent = requireNonNull(agent, "agent is null");
        process.exited().thenRun(agent::close);
    }

    /**
     * Starts QEMU and connects to it. The launcher listens on the sockets before QEMU exists, so that there is nothing to poll for.
     *
     * @param directory is taken over, also on failure
     */
    static Vmm start(String id, RunDirectory directory, List<String> command, AgentOpener opener)
            throws SandboxException {
        @Nullable VmmProcess process = null;
        @Nullable QmpConnection control = null;
        try {
            process = VmmProcess.start(command);
            // The agent's end first: what it sends is never lost for want of a reader.
            AgentConnection agent = connect(directory.path().resolve(QemuCommand.AGENT_SOCKET), opener);
            control = QmpConnection.open(directory.path().resolve(QemuCommand.CONTROL_SOCKET), GREETING_TIMEOUT);
            return new Vmm(id, directory, process, control, agent);
        } catch (SandboxException e) {
            SandboxException explained = process == null ? e : explain(process, e);
            if (process != null) {
                process.close();
            }
            directory.close();
            throw explained;
        }
    }

    /** One that is connected already; all of it is taken over. */
    static Vmm of(String id, RunDirectory directory, VmmProcess process, QmpConnection control, AgentConnection agent) {
        return new Vmm(id, directory, process, control, agent);
    }

    /**
     * Takes up the QEMU of an earlier daemon; waits for as long as that one holds on to it.
     *
     * @param directory is taken over, also on failure
     */
    static Vmm adopt(String id, RunDirectory directory, AgentOpener opener) throws SandboxException {
        @Nullable VmmProcess process = null;
        try {
            process = VmmProcess.adopt(directory.path().resolve(QemuCommand.LAUNCHER_SOCKET));
            Precedence.end(process.pid());
            AgentConnection agent = connect(directory.path().resolve(QemuCommand.AGENT_SOCKET), opener);
            QmpConnection control =
                    QmpConnection.open(directory.path().resolve(QemuCommand.CONTROL_SOCKET), GREETING_TIMEOUT);
            return new Vmm(id, directory, process, control, agent);
        } catch (SandboxException e) {
            SandboxException explained = process == null ? e : explain(process, e);
            if (process != null) {
                process.close();
            }
            directory.close();
            throw explained;
        }
    }

    private static AgentConnection connect(Path socket, AgentOpener opener) throws SandboxException {
        try {
            return opener.open(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        } catch (IOException e) {
            throw new SandboxException(Code.VMM_DIED, "The VMM's agent socket cannot be reached: " + e.getMessage(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    AgentConnection agent() {
        return agent;
    }

    RunDirectory directory() {
        return directory;
    }

    CompletableFuture<VmmExit> exited() {
        return process.exited();
    }

    void execute(String command, Map<String, ?> arguments) throws SandboxException {
        control.execute(command, arguments, COMMAND_TIMEOUT);
    }

    void awaitMigration() throws SandboxException {
        control.awaitMigration(COMMAND_TIMEOUT);
    }

    /** From now on the VMM waits for the next daemon when this one ends. */
    void hold() throws IOException {
        process.hold();
    }

    /** From now on the VMM ends with this daemon. */
    void release() throws IOException {
        process.release();
    }

    /** Leaves all of it to the next daemon. */
    void letGo() throws IOException {
        if (closed.compareAndSet(false, true)) {
            left.set(true);
            control.close();
            agent.close();
            process.letGo();
            directory.letGo();
        }
    }

    /** Loads device state from a descriptor; memory is there already and is not part of it. */
    void load(String uri) throws SandboxException {
        // On their way together: each answer would cost a round trip otherwise.
        var capabilities = control.send("migrate-set-capabilities", capabilities());
        var incoming = control.send("migrate-incoming", Map.of("uri", uri));
        control.await(capabilities, "an answer to migrate-set-capabilities", COMMAND_TIMEOUT);
        control.await(incoming, "an answer to migrate-incoming", COMMAND_TIMEOUT);
        awaitMigration();
    }

    static Map<String, ?> capabilities() {
        return Map.of(
                "capabilities",
                List.of(
                        Map.of("capability", "x-ignore-shared", "state", true),
                        Map.of("capability", "events", "state", true)));
    }

    /** The last of what the guest's kernel printed; empty when it cannot be had. */
    String console() {
        try {
            String text = control.execute(
                            "ringbuf-read",
                            Map.of("device", "console", "size", 16_384, "format", "utf8"),
                            COMMAND_TIMEOUT)
                    .asString("");
            return text.length() > 2_000 ? text.substring(text.length() - 2_000) : text;
        } catch (SandboxException e) {
            log.debug("The console of {} cannot be read", id, e);
            return "";
        }
    }

    /** The same failure, with how the VMM ended if that is why. */
    SandboxException explain(SandboxException failure) {
        return explain(process, failure);
    }

    SandboxException explain(AgentException failure) {
        Code code = switch (failure.code()) {
            case TIMEOUT, STALLED -> Code.GUEST_HUNG;
            case HOOK_FAILED -> Code.HOOK;
            case FUNCTION_EXITED -> codeOfExit();
            case STREAM_REFUSED -> Code.FUNCTION;
            case CLOSED -> Code.VMM_DIED;
            default -> Code.AGENT;
        };
        return explain(new SandboxException(code, String.valueOf(failure.getMessage()), failure));
    }

    private Code codeOfExit() {
        CompletableFuture<FunctionExit> exit = agent.exit();
        if (!exit.isDone() || exit.isCompletedExceptionally()) {
            return Code.FUNCTION;
        }
        return switch (exit.join().cause()) {
            case ITSELF -> Code.FUNCTION;
            case MEMORY -> Code.OUT_OF_MEMORY;
            case DISK -> Code.OUT_OF_DISK;
        };
    }

    /** The same failure, with how that VMM ended if that is why. */
    static SandboxException explain(VmmProcess process, SandboxException failure) {
        if (failure.code() != Code.VMM_DIED) {
            return failure;
        }
        try {
            VmmExit exit = process.exited().get(LAST_WORDS_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
            return new SandboxException(
                    Code.VMM_DIED, failure.getMessage() + " It ended: " + exit.text() + ".", failure);
        } catch (TimeoutException e) {
            return failure;
        } catch (ExecutionException e) {
            log.warn("How a VMM ended cannot be read", e);
            return failure;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failure;
        }
    }

    @Override
    public void close() {
        if (left.get()) {
            return;
        }
        if (!closed.compareAndSet(false, true)) {
            // Whoever closes second must not return before all is gone either.
            process.close();
            return;
        }
        control.close();
        agent.close();
        process.close();
        directory.close();
    }
}
