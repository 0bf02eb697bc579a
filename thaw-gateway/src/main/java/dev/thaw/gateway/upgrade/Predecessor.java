package dev.thaw.gateway.upgrade;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon that served before this one, which has been asked to hand over. docs/decisions/upgrade.md has the order of things. */
public final class Predecessor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Predecessor.class);
    private static final String PASSED = "passed.sock";
    private static final Duration PASS_TIMEOUT = Duration.ofSeconds(10);

    private final SocketChannel channel;
    private final BufferedReader words;
    private final ServerSocket listener;
    private final InetSocketAddress address;

    private Predecessor(SocketChannel channel, BufferedReader words, ServerSocket listener, InetSocketAddress address) {
        this.channel = channel;
        this.words = words;
        this.listener = requireNonNull(listener, "listener is null");
        this.address = requireNonNull(address, "address is null");
    }

    /**
     * Asks the daemon that serves with this run directory to hand over, and takes its listening socket: from now on new connections wait for {@link #listener}.
     *
     * @return empty when no daemon serves there
     */
    public static Optional<Predecessor> ask(Path run) throws IOException {
        Path door = run.resolve(Successors.DOOR);
        if (!Files.exists(door)) {
            return Optional.empty();
        }
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(door));
        } catch (IOException e) {
            channel.close();
            log.info("No daemon is behind {}: {}", door, e.getMessage());
            return Optional.empty();
        }
        Path passed = run.resolve(PASSED);
        Files.deleteIfExists(passed);
        try (PassedSocket socket = PassedSocket.receiving(passed, PASS_TIMEOUT)) {
            BufferedReader words =
                    new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
            channel.write(ByteBuffer.wrap((Successors.ASK + passed + "\n").getBytes(StandardCharsets.UTF_8)));
            String answer = words.readLine();
            if (answer == null || !answer.startsWith(Successors.PASSED)) {
                throw new IOException("The daemon does not hand over: " + (answer == null ? "it ended" : answer));
            }
            String[] bound = answer.substring(Successors.PASSED.length()).split(" ", 2);
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.ofLiteral(bound[0]), Integer.parseInt(bound[1]));
            // The JDK cannot make a socket of a descriptor: it is put beneath one that is open.
            ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            try {
                socket.receiveInto(Listeners.descriptorOf(listener.getLocalPort()));
            } catch (IOException e) {
                listener.close();
                throw e;
            }
            return Optional.of(new Predecessor(channel, words, listener, address));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        } finally {
            Files.deleteIfExists(passed);
        }
    }

    /** Waits until the data folder is this daemon's: the other one uses nothing of it any more, or is dead. */
    public void awaitRelease() throws IOException {
        String answer = words.readLine();
        if (answer == null) {
            log.warn("The daemon died while it handed over; what it left is adopted.");
        } else if (!answer.equals(Successors.RELEASED)) {
            throw new IOException("The daemon does not hand over: " + answer);
        }
    }

    /** Where the listening socket listens. Its own {@link ServerSocket#getLocalSocketAddress} tells another. */
    public InetSocketAddress address() {
        return address;
    }

    /** Not closed with this. */
    public ServerSocket listener() {
        return listener;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
