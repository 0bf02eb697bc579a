package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentConnection;
import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A QEMU that stands by for any guest of one shape.
 *
 * <p>It was started with {@code -preconfig}, and has been sent every command up to the load of the device state. The first makes it open its guest's memory, under a
 * name that no file has. There it waits: its filter has referred the open to the launcher, which answers when it is told the files' paths. QEMU's monitor has read
 * the other commands meanwhile (it reads byte by byte, which on the way of a thaw would take milliseconds) and works them off by itself. So a thaw is one message to
 * the launcher, and QEMU takes no time of a processor until then.
 */
final class PreparedQemu implements PreparedSandbox {
    private static final Logger log = LoggerFactory.getLogger(PreparedQemu.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final MachineShape shape;
    private final RunDirectory directory;
    private final VmmProcess process;
    private final QmpConnection control;
    private final SocketChannel agent;
    private final QemuThaw thaw;
    private final Consumer<PreparedQemu> onGone;

    /** The commands that were sent, whose answers are due; in their order. */
    private final Map<String, CompletableFuture<JsonNode>> answers;

    private final CompletableFuture<SandboxExit> ended;

    /** Whether it was used or closed. */
    private final AtomicBoolean gone = new AtomicBoolean();

    private PreparedQemu(
            MachineShape shape,
            RunDirectory directory,
            VmmProcess process,
            QmpConnection control,
            SocketChannel agent,
            Map<String, CompletableFuture<JsonNode>> answers,
            QemuThaw thaw,
            Consumer<PreparedQemu> onGone) {
        this.shape = shape;
        this.directory = directory;
        this.process = process;
        this.control = control;
        this.agent = agent;
        this.answers = answers;
        this.thaw = thaw;
        this.onGone = onGone;
        ended = process.exited().thenApply(exit -> SandboxExit.of(exit.text()));
    }

    /**
     * Starts one, up to where it waits.
     *
     * @param directory is taken over, also on failure
     * @param onGone told when it has been used or closed
     */
    static PreparedQemu start(
            MachineShape shape,
            RunDirectory directory,
            List<String> command,
            QemuThaw thaw,
            Consumer<PreparedQemu> onGone)
            throws SandboxException {
        requireNonNull(thaw, "thaw is null");
        requireNonNull(onGone, "onGone is null");
        List<AutoCloseable> opened = new ArrayList<>(List.of(directory));
        try {
            VmmProcess process = VmmProcess.start(command);
            opened.add(process);
            SocketChannel agent = SocketChannel.open(
                    UnixDomainSocketAddress.of(directory.path().resolve(QemuCommand.AGENT_SOCKET)));
            opened.add(agent);
            QmpConnection control =
                    QmpConnection.openReadingAhead(directory.path().resolve(QemuCommand.CONTROL_SOCKET), TIMEOUT);
            opened.add(control);
            return new PreparedQemu(
                    shape, directory, process, control, agent, sendCommands(control, shape), thaw, onGone);
        } catch (IOException | RuntimeException e) {
            closeAll(opened);
            throw e instanceof SandboxException known
                    ? known
                    : new SandboxException(Code.VMM_DIED, "A VMM cannot be prepared: " + e.getMessage(), e);
        }
    }

    /** Everything up to a guest that has its state; QEMU begins, and waits in the first. */
    private static Map<String, CompletableFuture<JsonNode>> sendCommands(QmpConnection control, MachineShape shape)
            throws SandboxException {
        Map<String, Map<String, ?>> commands = new LinkedHashMap<>();
        commands.put("object-add", QemuCommand.lateMemory(shape));
        commands.put("blockdev-add", QemuCommand.lateRootfs());
        commands.put("qom-set", QemuCommand.useLateMemory());
        commands.put("x-exit-preconfig", Map.of());
        commands.put("migrate-set-capabilities", Vmm.capabilities());
        commands.put("migrate-incoming", Map.of("uri", QemuCommand.INCOMING_STATE));
        Map<String, CompletableFuture<JsonNode>> answers = new LinkedHashMap<>();
        for (Map.Entry<String, Map<String, ?>> command : commands.entrySet()) {
            answers.put(command.getKey(), control.send(command.getKey(), command.getValue()));
        }
        return answers;
    }

    @Override
    public MachineShape shape() {
        return shape;
    }

    @Override
    public CompletableFuture<SandboxExit> ended() {
        return ended.copy();
    }

    @Override
    public Sandbox thaw(ThawSpec spec, PhaseClock phases) throws SandboxException {
        if (!spec.shape().equals(shape)) {
            throw new IllegalArgumentException("Prepared is " + shape + ", not " + spec.shape() + ".");
        }
        if (!gone.compareAndSet(false, true)) {
            throw new SandboxException(Code.VMM_DIED, "The prepared VMM has been used or closed.");
        }
        try {
            Vmm vmm = become(spec);
            return thaw.finish(vmm, spec, phases, () -> {
                // QEMU begins with the machine when it has the memory, and goes on with the state.
                for (Map.Entry<String, CompletableFuture<JsonNode>> answer : answers.entrySet()) {
                    control.await(answer.getValue(), "an answer to " + answer.getKey(), TIMEOUT);
                    if (answer.getKey().equals("x-exit-preconfig")) {
                        phases.end(Phase.VMM);
                        // QEMU has begun to read it, and waits as well.
                        spec.arrival().await(phases);
                    }
                }
                vmm.awaitMigration();
            });
        } finally {
            onGone.accept(this);
        }
    }

    /** Gives it its files, and the instance's name. */
    private Vmm become(ThawSpec spec) throws SandboxException {
        RunDirectory folder = directory;
        try {
            // First, for QEMU works while the rest is done here.
            process.nameFiles(spec.memory(), spec.rootfs(), spec.deviceState());
            folder = directory.rename(spec.id());
            return Vmm.of(spec.id(), folder, process, control, AgentConnection.toThawing(agent, spec.log()));
        } catch (IOException e) {
            SandboxException failure = e instanceof SandboxException known
                    ? known
                    : new SandboxException(
                            Code.VMM_DIED, "The prepared VMM cannot be used: " + e.getMessage() + ".", e);
            SandboxException explained = Vmm.explain(process, failure);
            closeAll(List.of(folder, process, agent, control));
            throw explained;
        }
    }

    /** In the order that is the other way round from their opening. */
    private static void closeAll(List<AutoCloseable> opened) {
        for (AutoCloseable one : opened.reversed()) {
            try {
                one.close();
            } catch (Exception e) {
                log.warn("What belongs to a prepared VMM cannot be closed", e);
            }
        }
    }

    @Override
    public void close() {
        if (gone.compareAndSet(false, true)) {
            closeAll(List.of(directory, process, agent, control));
            onGone.accept(this);
        }
    }
}
