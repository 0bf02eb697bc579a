package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentLog;
import dev.thaw.sandbox.SandboxException.Code;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Sandboxes in memory, for tests of what stands above: no guest, no process, but the same contract. Programs are Java functions, chosen by the first word of a
 * process's command; a frozen sandbox's memory is a sparse file of the guest's size with a program's name and a number in it.
 */
public final class MemorySandboxProvider implements SandboxProvider {
    /** What a test may interfere with. */
    public enum Operation {
        BOOT,
        PREPARE,
        /** A thaw by a prepared sandbox; {@link #THAW} follows. */
        THAW_PREPARED,
        THAW,
        CONNECT,
        FREEZE,
        RESUME,
        KEEP,
        LET_GO,
        ADOPT
    }

    /** Called before each operation: may wait, or make it fail. */
    @FunctionalInterface
    public interface Interference {
        void before(Operation operation, String instance) throws SandboxException;
    }

    private final Path folder;
    private final Map<String, MemoryFunction> programs;
    private final Set<MemorySandbox> running = ConcurrentHashMap.newKeySet();
    private final Set<MemoryPreparedSandbox> prepared = ConcurrentHashMap.newKeySet();
    private final List<MemorySandbox> letGo = new CopyOnWriteArrayList<>();
    private final List<LeftSandbox> left = new CopyOnWriteArrayList<>();

    /** Written by the test, read by all. */
    private volatile Interference interference = (operation, instance) -> {};

    /** @param folder for frozen memory */
    public MemorySandboxProvider(Path folder, Map<String, MemoryFunction> programs) throws IOException {
        this.folder = Files.createDirectories(requireNonNull(folder, "folder is null"));
        this.programs = Map.copyOf(programs);
    }

    /** A provider as the next process would open it, after this one's has died: what was kept is left, what was not has ended. */
    public MemorySandboxProvider successor() throws IOException {
        MemorySandboxProvider next = new MemorySandboxProvider(folder, programs);
        prepared().forEach(MemoryPreparedSandbox::close);
        letGo.forEach(sandbox -> next.left.add(next.new Left(sandbox)));
        for (MemorySandbox sandbox : running()) {
            if (sandbox.note().isPresent()) {
                next.left.add(next.new Left(sandbox));
            } else {
                sandbox.close();
            }
        }
        return next;
    }

    void leave(MemorySandbox sandbox) {
        running.remove(sandbox);
        letGo.add(sandbox);
    }

    @Override
    public List<LeftSandbox> left() {
        return List.copyOf(left);
    }

    private final class Left implements LeftSandbox {
        private final MemorySandbox before;
        private final String note;

        Left(MemorySandbox before) {
            this.before = before;
            note = before.note().orElseThrow();
        }

        @Override
        public String id() {
            return before.id();
        }

        @Override
        public String note() {
            return note;
        }

        @Override
        public Sandbox adopt(AgentLog log, Duration timeout) throws SandboxException {
            MemorySandbox adopted = before.under(MemorySandboxProvider.this, log);
            running.add(adopted);
            return adopted;
        }

        @Override
        public void remove() {
            before.close();
        }
    }

    public void interfere(Interference with) {
        interference = requireNonNull(with, "with is null");
    }

    void interfere(Operation operation, String instance) throws SandboxException {
        interference.before(operation, instance);
    }

    /** All that runs now. */
    public List<MemorySandbox> running() {
        return List.copyOf(running);
    }

    void closed(MemorySandbox sandbox) {
        running.remove(sandbox);
    }

    @Override
    public HostProfile host(MachineShape shape) {
        return new HostProfile("memory", "1", "none", "any", shape.egress().label(), 0);
    }

    @Override
    public Optional<String> egressObstacle() {
        return Optional.empty();
    }

    @Override
    public GuestSoftware software(Optional<Path> kernel) {
        Digest digest = Digest.of(kernel.map(Path::toString).orElse("no kernel").getBytes(StandardCharsets.UTF_8));
        Path none = Path.of("/dev/null");
        return new GuestSoftware(none, digest, "none", "none", none, digest);
    }

    @Override
    public Sandbox boot(BootSpec spec, PhaseClock phases) throws SandboxException {
        phases.end(Phase.VMM);
        phases.end(Phase.KERNEL);
        interfere(Operation.BOOT, spec.id());
        String program = spec.function().argv().getFirst();
        MemorySandbox sandbox = new MemorySandbox(spec.id(), spec.shape(), program, find(program), 0, spec.log(), this);
        phases.end(Phase.APP);
        running.add(sandbox);
        return sandbox;
    }

    @Override
    public Sandbox thaw(ThawSpec spec, PhaseClock phases) throws SandboxException {
        phases.end(Phase.VMM);
        interfere(Operation.THAW, spec.id());
        spec.arrival().await(phases);
        try (RandomAccessFile file = new RandomAccessFile(spec.memory().toFile(), "r")) {
            if (file.length() != spec.shape().memoryBytes()) {
                throw new SandboxException(
                        Code.VMM_REFUSED,
                        "The memory has " + file.length() + " bytes in place of "
                                + spec.shape().memoryBytes() + ".");
            }
            String program = file.readUTF();
            long memory = file.readLong();
            phases.end(Phase.LOAD);
            phases.end(Phase.RESUME);
            MemorySandbox sandbox =
                    new MemorySandbox(spec.id(), spec.shape(), program, find(program), memory, spec.log(), this);
            phases.end(Phase.RENEW);
            running.add(sandbox);
            return sandbox;
        } catch (SandboxException e) {
            throw e;
        } catch (IOException e) {
            throw new SandboxException(Code.VMM_REFUSED, "The memory cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<PreparedSandbox> prepare(MachineShape shape) throws SandboxException {
        interfere(Operation.PREPARE, "");
        if (shape.egress() != Egress.NONE) {
            return Optional.empty();
        }
        MemoryPreparedSandbox fresh = new MemoryPreparedSandbox(shape, this, prepared::remove);
        prepared.add(fresh);
        return Optional.of(fresh);
    }

    /** All that stand by now. */
    public List<MemoryPreparedSandbox> prepared() {
        return List.copyOf(prepared);
    }

    private MemoryFunction find(String program) throws SandboxException {
        MemoryFunction function = programs.get(program);
        if (function == null) {
            throw new SandboxException(Code.FUNCTION, "There is no program '" + program + "'.");
        }
        return function;
    }

    Path writeMemory(MachineShape shape, String program, long memory) throws IOException {
        Path file = Files.createTempFile(folder, "memory-", ".bin");
        try (RandomAccessFile target = new RandomAccessFile(file.toFile(), "rw")) {
            target.setLength(shape.memoryBytes());
            target.writeUTF(program);
            target.writeLong(memory);
        }
        return file;
    }

    @Override
    public void close() {
        prepared().forEach(MemoryPreparedSandbox::close);
        running().forEach(MemorySandbox::close);
    }
}
