package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentLog;
import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.MemorySandboxProvider.Operation;
import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An instance without a guest: a Java function in this process. */
public final class MemorySandbox implements Sandbox {
    /** The function's own waits have no bound but the connection's end. */
    private static final Duration FOR_EVER = Duration.ofDays(365);

    private final String id;
    private final MachineShape shape;
    private final String program;
    private final MemoryFunction function;
    private final AtomicLong memory;
    private final AgentLog instanceLog;
    private final MemorySandboxProvider provider;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<SandboxExit> exited = new CompletableFuture<>();

    /** What the next process is to know. */
    private final AtomicReference<@Nullable String> note = new AtomicReference<>();

    /** Written by who freezes and resumes, read by who connects. */
    private volatile boolean frozen;

    /** Written by the test, read by who asks. */
    private volatile @Nullable Told shortage;

    private record Told(Shortage shortage, long nanos) {}

    MemorySandbox(
            String id,
            MachineShape shape,
            String program,
            MemoryFunction function,
            long memory,
            AgentLog instanceLog,
            MemorySandboxProvider provider) {
        this.id = requireNonNull(id, "id is null");
        this.shape = requireNonNull(shape, "shape is null");
        this.program = requireNonNull(program, "program is null");
        this.function = requireNonNull(function, "function is null");
        this.memory = new AtomicLong(memory);
        this.instanceLog = requireNonNull(instanceLog, "instanceLog is null");
        this.provider = requireNonNull(provider, "provider is null");
    }

    @Override
    public String id() {
        return id;
    }

    /** This process's own: there is no other. */
    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public FunctionConnection connect(ByteBuffer first, Duration timeout) throws SandboxException {
        provider.interfere(Operation.CONNECT, id);
        if (exited.isDone()) {
            throw new SandboxException(Code.VMM_DIED, "The sandbox " + id + " has ended.");
        }
        if (frozen) {
            throw new SandboxException(Code.GUEST_HUNG, "The sandbox " + id + " stands still.");
        }
        Connection connection = new Connection(timeout);
        connections.add(connection);
        connection.begin(first);
        if (exited.isDone()) {
            connection.breakOff("The sandbox has ended.");
        }
        return connection;
    }

    @Override
    public void keep(String words) throws SandboxException {
        provider.interfere(Operation.KEEP, id);
        note.set(words);
    }

    /** What it was kept with, while it would outlive its process. */
    Optional<String> note() {
        return frozen || exited.isDone() ? Optional.empty() : Optional.ofNullable(note.get());
    }

    @Override
    public void letGo(Duration hookTimeout) throws SandboxException {
        try {
            provider.interfere(Operation.LET_GO, id);
        } catch (SandboxException e) {
            close();
            throw e;
        }
        if (note().isEmpty() || !connections.isEmpty()) {
            throw new IllegalStateException(id + " cannot be left: it is not kept, or in use.");
        }
        provider.leave(this);
    }

    /** The same instance under a later process. */
    MemorySandbox under(MemorySandboxProvider next, AgentLog log) throws SandboxException {
        next.interfere(Operation.ADOPT, id);
        if (exited.isDone() || !connections.isEmpty()) {
            close();
            throw new SandboxException(Code.AGENT, "The sandbox " + id + " has ended, or was busy.");
        }
        return new MemorySandbox(id, shape, program, function, memory.get(), log, next);
    }

    @Override
    public FrozenSandbox freeze(Duration hookTimeout) throws SandboxException {
        provider.interfere(Operation.FREEZE, id);
        if (exited.isDone()) {
            throw new SandboxException(Code.VMM_DIED, "The sandbox " + id + " has ended.");
        }
        frozen = true;
        try {
            return new Frozen(provider.writeMemory(shape, program, memory.get()));
        } catch (IOException e) {
            frozen = false;
            throw new SandboxException(Code.HOST, "The memory of " + id + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public CompletableFuture<SandboxExit> exited() {
        return exited;
    }

    @Override
    public Optional<Shortage> shortageSince(long nanos) {
        Told told = shortage;
        return told == null || told.nanos() - nanos < 0 ? Optional.empty() : Optional.of(told.shortage());
    }

    /** Tells of a shortage as a guest's agent would. */
    public void ranShort(Shortage what) {
        shortage = new Told(what, System.nanoTime());
        instanceLog.ranShort(what);
    }

    /** Ends it as if by itself. */
    public void crash(SandboxExit exit) {
        if (exited.complete(exit)) {
            connections.forEach(connection -> connection.breakOff("The sandbox has ended."));
        }
    }

    @Override
    public void stop(Duration grace) {
        close();
    }

    @Override
    public void close() {
        crash(SandboxExit.of("the sandbox was closed"));
        provider.closed(this);
    }

    private final class Connection implements FunctionConnection {
        private final MemoryPipe toFunction;
        private final MemoryPipe fromFunction;

        /** 0 before the function has accepted. Written by its thread, read by anyone. */
        private volatile long acceptedNanos;

        Connection(Duration timeout) {
            toFunction = new MemoryPipe(FOR_EVER, timeout);
            fromFunction = new MemoryPipe(timeout, FOR_EVER);
        }

        void begin(ByteBuffer first) {
            byte[] bytes = new byte[Math.min(first.remaining(), 32 << 10)];
            first.get(bytes);
            try {
                toFunction.output().write(bytes);
            } catch (IOException e) {
                throw new IllegalStateException("A fresh pipe takes its first bytes.", e);
            }
            Thread.ofVirtual().name("memory-function-" + id).start(this::serve);
        }

        private void serve() {
            acceptedNanos = System.nanoTime();
            try (OutputStream output = fromFunction.output()) {
                function.serve(memory, toFunction.input(), output);
            } catch (IOException | RuntimeException e) {
                breakOff("The function broke the connection off: " + e.getMessage());
            } finally {
                connections.remove(this);
            }
        }

        void breakOff(String why) {
            toFunction.breakOff(why);
            fromFunction.breakOff(why);
        }

        @Override
        public InputStream input() {
            return fromFunction.input();
        }

        @Override
        public OutputStream output() {
            return toFunction.output();
        }

        @Override
        public OptionalLong acceptedNanos() {
            return acceptedNanos == 0 ? OptionalLong.empty() : OptionalLong.of(acceptedNanos);
        }

        @Override
        public void timeout(Duration limit) {
            toFunction.timeouts(FOR_EVER, limit);
            fromFunction.timeouts(limit, FOR_EVER);
        }

        @Override
        public void close() {
            breakOff("The connection is closed.");
            connections.remove(this);
        }
    }

    private final class Frozen implements FrozenSandbox {
        private final Path file;

        Frozen(Path file) {
            this.file = file;
        }

        @Override
        public Path memory() {
            return file;
        }

        @Override
        public byte[] deviceState() {
            return ("devices of " + id).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void resume() throws SandboxException {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new SandboxException(Code.HOST, file + " cannot be removed: " + e.getMessage(), e);
            }
            provider.interfere(Operation.RESUME, id);
            frozen = false;
            if (exited.isDone()) {
                throw new SandboxException(Code.VMM_DIED, "The sandbox " + id + " has ended.");
            }
        }
    }
}
