package dev.thaw.cli.bench.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.BootSpec;
import dev.thaw.sandbox.FrozenSandbox;
import dev.thaw.sandbox.FunctionConnection;
import dev.thaw.sandbox.GuestSoftware;
import dev.thaw.sandbox.HostProfile;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxException.Code;
import dev.thaw.sandbox.SandboxExit;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.sandbox.ThawSpec;
import dev.thaw.store.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** For measurements only: every instance is one server on this host, reached over TCP, so that what is measured is all the gateway's. */
final class StubSandboxes implements SandboxProvider {
    private final InetSocketAddress server;

    StubSandboxes(InetSocketAddress server) {
        this.server = requireNonNull(server, "server is null");
    }

    @Override
    public HostProfile host() {
        return new HostProfile("stub", "1", "none", "any", "none", 0);
    }

    @Override
    public GuestSoftware software(Optional<Path> kernel) {
        Digest none = Digest.of("none".getBytes(StandardCharsets.UTF_8));
        Path file = Path.of("/dev/null");
        return new GuestSoftware(file, none, "none", "none", file, none);
    }

    @Override
    public Sandbox boot(BootSpec spec, PhaseClock phases) {
        phases.end(Phase.VMM);
        phases.end(Phase.KERNEL);
        phases.end(Phase.APP);
        return new Stub(spec.id(), server, new CompletableFuture<>());
    }

    @Override
    public Sandbox thaw(ThawSpec spec, PhaseClock phases) throws SandboxException {
        throw new SandboxException(Code.HOST, "A stub has no snapshots.");
    }

    @Override
    public void close() {
        // The server is somebody else's.
    }

    private record Stub(String id, InetSocketAddress server, CompletableFuture<SandboxExit> exited) implements Sandbox {
        @Override
        public long pid() {
            return ProcessHandle.current().pid();
        }

        @Override
        public FunctionConnection connect(ByteBuffer first, Duration timeout) throws SandboxException {
            Socket socket = new Socket();
            try {
                socket.setTcpNoDelay(true);
                socket.connect(server);
                long accepted = System.nanoTime();
                socket.setSoTimeout(Math.toIntExact(Math.min(timeout.toMillis(), Integer.MAX_VALUE)));
                OutputStream output = socket.getOutputStream();
                output.write(first.array(), first.arrayOffset() + first.position(), first.remaining());
                first.position(first.limit());
                return new Connection(socket, socket.getInputStream(), output, OptionalLong.of(accepted));
            } catch (IOException e) {
                close(socket);
                throw new SandboxException(Code.FUNCTION, "The stub cannot be reached: " + e.getMessage(), e);
            }
        }

        private static void close(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public FrozenSandbox freeze(Duration hookTimeout) throws SandboxException {
            throw new SandboxException(Code.HOST, "A stub cannot be frozen.");
        }

        @Override
        public void stop(Duration grace) {
            close();
        }

        @Override
        public void close() {
            exited.complete(new SandboxExit(false, "the measurement is over"));
        }
    }

    private record Connection(Socket socket, InputStream input, OutputStream output, OptionalLong acceptedNanos)
            implements FunctionConnection {
        @Override
        public void timeout(Duration limit) {
            try {
                socket.setSoTimeout(Math.toIntExact(Math.min(limit.toMillis(), Integer.MAX_VALUE)));
            } catch (IOException e) {
                Stub.close(socket);
            }
        }

        @Override
        public void close() {
            Stub.close(socket);
        }
    }
}
