package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentConnection;
import dev.thaw.guest.AgentException;
import dev.thaw.guest.Entropy;
import dev.thaw.guest.KernelCommandLine;
import dev.thaw.guest.StartRequest;
import dev.thaw.guest.TscFrequency;
import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** MicroVMs under QEMU's {@code microvm} machine, with KVM or by emulation, whichever works here. */
public final class QemuProvider implements SandboxProvider {
    private static final Logger log = LoggerFactory.getLogger(QemuProvider.class);

    /** From the VMM's start to the agent's hello; an emulated kernel needs one to two seconds on an idle core. */
    private static final Duration KERNEL_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(20);

    private final QemuHost host;
    private final QemuCommand command;
    private final GuestSoftwareLibrary software;
    private final Path runDirectory;
    private final VmmUsers users;
    private final HostNetwork network;
    private final Clock clock;
    private final long tscKilohertz;

    /** All that runs, so that closing leaves nothing. */
    private final Set<QemuSandbox> running = ConcurrentHashMap.newKeySet();

    private final Set<PreparedQemu> prepared = ConcurrentHashMap.newKeySet();
    private final QemuThaw thaw;

    private final List<LeftSandbox> left;

    private QemuProvider(
            QemuHost host,
            QemuCommand command,
            GuestSoftwareLibrary software,
            Path runDirectory,
            VmmUsers users,
            HostNetwork network,
            Clock clock,
            long tscKilohertz)
            throws IOException {
        this.host = host;
        this.command = command;
        this.software = software;
        this.runDirectory = runDirectory;
        this.users = users;
        this.network = network;
        this.clock = clock;
        this.tscKilohertz = tscKilohertz;
        thaw = new QemuThaw(clock, this::register, running::remove);
        left = new LeftQemuSandboxes(users, clock, this::register, running::remove).find(runDirectory);
    }

    /**
     * Looks at the host, and finds what an earlier daemon with the same folders left: what it has kept is {@link #left}, the rest is cleared away.
     *
     * @param dataDirectory for the launcher
     * @param runDirectory a short path, for sockets; this provider's alone
     * @param softwareCache kernels and archives; may be shared with other daemons
     * @param egress for guests with a network
     * @throws SandboxException HOST with what is missing
     */
    public static QemuProvider open(
            Path dataDirectory, Path runDirectory, Path softwareCache, EgressSettings egress, Clock clock)
            throws SandboxException {
        requireNonNull(clock, "clock is null");
        QemuHost host = QemuHost.find();
        try {
            Files.createDirectories(dataDirectory);
            Files.createDirectories(runDirectory);
            Files.setPosixFilePermissions(runDirectory, PosixFilePermissions.fromString("rwx--x--x"));
            Path launcher = installLauncher(dataDirectory);
            boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
            HostNetwork network = new HostNetwork(dataDirectory, egress, root);
            network.takeOver();
            return new QemuProvider(
                    host,
                    new QemuCommand(host, launcher, network.program()),
                    new GuestSoftwareLibrary(softwareCache),
                    runDirectory,
                    new VmmUsers(dataDirectory, root),
                    network,
                    clock,
                    TscFrequency.hostKilohertz());
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, "The sandbox's folders cannot be made: " + e, e);
        }
    }

    private static Path installLauncher(Path directory) throws IOException {
        Path launcher = directory.resolve("launcher");
        Path fresh = Files.createTempFile(directory, "launcher", ".new");
        try (InputStream program = QemuProvider.class.getResourceAsStream("launcher")) {
            if (program == null) {
                throw new IOException("the launcher is missing from the build; build with make and musl-gcc installed");
            }
            Files.copy(program, fresh, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            // By renaming, so that one that is running is not written to.
            Files.move(fresh, launcher, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
        return launcher.toAbsolutePath();
    }

    private boolean emulated() {
        return host.accelerator().equals("tcg");
    }

    @Override
    public HostProfile host(MachineShape shape) {
        return new HostProfile(
                "qemu-microvm",
                host.version(),
                host.accelerator(),
                host.cpu(),
                QemuCommand.deviceList(shape),
                emulated() ? tscKilohertz : 0);
    }

    @Override
    public Optional<String> egressObstacle() {
        return network.obstacle();
    }

    /** A folder for a VMM, with what its network needs. */
    private RunDirectory directoryFor(String id, MachineShape shape) throws SandboxException {
        if (shape.egress() == Egress.NONE) {
            return RunDirectory.create(runDirectory, id, users);
        }
        network.ensure();
        String rules = network.guestRules();
        RunDirectory directory = RunDirectory.create(runDirectory, id, users);
        try {
            Files.writeString(directory.path().resolve(QemuCommand.EGRESS_RULES), rules);
            return directory;
        } catch (IOException e) {
            directory.close();
            throw new SandboxException(Code.HOST, "The network rules of " + id + " cannot be written: " + e, e);
        }
    }

    @Override
    public GuestSoftware software(Optional<Path> kernel) throws SandboxException {
        return software.find(kernel);
    }

    @Override
    public Sandbox boot(BootSpec spec, PhaseClock phases) throws SandboxException {
        GuestSoftware guest = software.find(spec.kernel());
        String kernelCommandLine = new KernelCommandLine(emulated(), tscKilohertz, true).render();
        RunDirectory directory = directoryFor(spec.id(), spec.shape());
        Vmm vmm = Vmm.start(
                spec.id(),
                directory,
                command.boot(directory.user(), directory.path(), spec, guest, kernelCommandLine),
                channel -> AgentConnection.toBooting(channel, spec.log()));
        AtomicReference<Phase> phase = new AtomicReference<>(Phase.VMM);
        try {
            phases.end(Phase.VMM);
            phase.set(Phase.KERNEL);
            AgentConnection agent = vmm.agent();
            agent.awaitHello(KERNEL_TIMEOUT);
            phases.end(Phase.KERNEL);
            phase.set(Phase.APP);
            FunctionProcess function = spec.function();
            agent.start(
                    new StartRequest(
                            function.argv(),
                            function.environment(),
                            function.workingDirectory().isEmpty() ? "/" : function.workingDirectory(),
                            function.user(),
                            spec.identity(),
                            clock.instant(),
                            Entropy.fresh(),
                            function.stopSignal(),
                            function.port(),
                            spec.readyTimeout()),
                    START_TIMEOUT);
            // The agent keeps the function's time; ours is only for an agent that does not answer.
            agent.awaitListening(spec.readyTimeout().plus(START_TIMEOUT));
            phases.end(Phase.APP);
            return register(new QemuSandbox(spec.id(), spec.identity(), vmm, clock, running::remove));
        } catch (AgentException e) {
            SandboxException explained = vmm.explain(e);
            String console = phase.get() == Phase.KERNEL ? vmm.console() : "";
            vmm.close();
            throw new SandboxException(
                    explained.code(),
                    "The boot of " + spec.id() + " failed at " + phase.get().label() + ": " + explained.getMessage()
                            + (console.isBlank() ? "" : " The guest's console ends with: " + console.strip()),
                    explained);
        } catch (RuntimeException | Error e) {
            vmm.close();
            throw e;
        }
    }

    @Override
    public Sandbox thaw(ThawSpec spec, PhaseClock phases) throws SandboxException {
        RunDirectory directory = directoryFor(spec.id(), spec.shape());
        Vmm vmm = Vmm.start(
                spec.id(),
                directory,
                command.thaw(directory.user(), directory.path(), spec),
                channel -> AgentConnection.toThawing(channel, spec.log()));
        phases.end(Phase.VMM);
        return thaw.finish(vmm, spec, phases, () -> {
            spec.arrival().await(phases);
            vmm.load(QemuCommand.INCOMING_STATE);
        });
    }

    @Override
    public Optional<PreparedSandbox> prepare(MachineShape shape) throws SandboxException {
        if (shape.egress() != Egress.NONE) {
            return Optional.empty();
        }
        RunDirectory directory = RunDirectory.create(
                runDirectory,
                "prepared-%08x".formatted(ThreadLocalRandom.current().nextInt()),
                users);
        PreparedQemu fresh = PreparedQemu.start(
                shape, directory, command.prepared(directory.user(), directory.path(), shape), thaw, prepared::remove);
        prepared.add(fresh);
        return Optional.of(fresh);
    }

    private QemuSandbox register(QemuSandbox sandbox) {
        running.add(sandbox);
        return sandbox;
    }

    @Override
    public List<LeftSandbox> left() {
        return left;
    }

    @Override
    public void close() {
        Set.copyOf(prepared).forEach(PreparedQemu::close);
        Set.copyOf(running).forEach(QemuSandbox::close);
        if (!isLeftWithNetwork()) {
            network.close();
        }
    }

    /** Whether a VMM that is left to a next daemon goes on by the host's rules. */
    private boolean isLeftWithNetwork() {
        try {
            return RunDirectory.leftovers(runDirectory).stream()
                    .anyMatch(directory -> Files.exists(directory.resolve(QemuCommand.EGRESS_RULES)));
        } catch (IOException e) {
            log.warn("{} cannot be read; the network's rules stay for the next daemon", runDirectory, e);
            return true;
        }
    }
}
