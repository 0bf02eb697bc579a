package dev.thaw.cli.bench.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.BootSpec;
import dev.thaw.sandbox.FrozenSandbox;
import dev.thaw.sandbox.FunctionConnection;
import dev.thaw.sandbox.GuestSoftware;
import dev.thaw.sandbox.HostProfile;
import dev.thaw.sandbox.LeftSandbox;
import dev.thaw.sandbox.MachineShape;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxException.Code;
import dev.thaw.sandbox.SandboxExit;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.sandbox.ThawSpec;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * For measurements only: every instance is one server on this host, reached over a unix socket, so that what is measured is all the gateway's. Such a connection costs about as much as one over an agent's
 * stream does on the host, and far less than one over TCP.
 */
final class StubSandboxes implements SandboxProvider {
    private final UnixDomainSocketAddress server;

    StubSandboxes(UnixDomainSocketAddress server) {
        this.server = requireNonNull(server, "server is null");
    }

    @Override
    public HostProfile host(MachineShape shape) {
        return new HostProfile("stub", "1", "none", "any", "none", 0);
    }

    @Override
    public Optional<String> egressObstacle() {
        return Optional.of("stubs have no network");
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
    public List<LeftSandbox> left() {
        return List.of();
    }

    @Override
    public void close() {
        // The server is somebody else's.
    }

    private record Stub(String id, UnixDomainSocketAddress server, CompletableFuture<SandboxExit> exited)
            implements Sandbox {
        @Override
        public long pid() {
            return ProcessHandle.current().pid();
        }

        @Override
        public FunctionConnection connect(ByteBuffer first, Duration timeout) throws SandboxException {
            try {
                SocketChannel channel = SocketChannel.open(server);
                long accepted = System.nanoTime();
                while (first.hasRemaining()) {
                    channel.write(first);
                }
                return new Connection(
                        channel,
                        Channels.newInputStream(channel),
                        Channels.newOutputStream(channel),
                        OptionalLong.of(accepted));
            } catch (IOException e) {
                throw new SandboxException(Code.FUNCTION, "The stub cannot be reached: " + e.getMessage(), e);
            }
        }

        @Override
        public FrozenSandbox freeze(Duration hookTimeout) throws SandboxException {
            throw new SandboxException(Code.HOST, "A stub cannot be frozen.");
        }

        @Override
        public void keep(String note) {
            // The measurement ends with its process.
        }

        @Override
        public void letGo(Duration hookTimeout) throws SandboxException {
            close();
            throw new SandboxException(Code.HOST, "A stub cannot be left to another process.");
        }

        @Override
        public Optional<Shortage> shortageSince(long nanos) {
            return Optional.empty();
        }

        @Override
        public void stop(Duration grace) {
            close();
        }

        @Override
        public void close() {
            exited.complete(SandboxExit.of("the measurement is over"));
        }
    }

    private record Connection(SocketChannel channel, InputStream input, OutputStream output, OptionalLong acceptedNanos)
            implements FunctionConnection {
        @Override
        public void timeout(Duration limit) {
            // The server answers at once.
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
