package dev.thaw.gateway.upgrade;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The door at which a daemon waits for the one that will take its place. */
public final class Successors implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Successors.class);

    static final String DOOR = "upgrade.sock";
    static final String ASK = "take over, version 1: ";
    static final String PASSED = "passed ";
    static final String RELEASED = "released";

    /** What a daemon does to hand over, in this order. */
    public interface Handover {
        /** Accepts no more connections. The listening socket stays open; returns where it is bound. */
        InetSocketAddress stopAccepting() throws IOException, InterruptedException;

        /** Accepts again: the successor is gone before it got anything. */
        void goOn();

        /** Gives up all of the data folder, with what is needed no more; leaves what is idle. */
        void release() throws IOException, InterruptedException;

        /** Finishes what is under way, and ends. */
        void finish();
    }

    private final ServerSocketChannel door;
    private final Path path;
    private final Handover handover;
    private final Thread thread;

    private Successors(ServerSocketChannel door, Path path, Handover handover) {
        this.door = door;
        this.path = path;
        this.handover = requireNonNull(handover, "handover is null");
        thread = Thread.ofVirtual().name("thaw-successors").unstarted(this::serve);
    }

    /** @param run its path must be short, as for all sockets */
    public static Successors await(Path run, Handover handover) throws IOException {
        Path path = Files.createDirectories(run).resolve(DOOR);
        Files.deleteIfExists(path);
        ServerSocketChannel door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            door.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            door.close();
            throw new IOException("No socket can be made at " + path + ": " + e.getMessage(), e);
        }
        Successors successors = new Successors(door, path, handover);
        successors.thread.start();
        return successors;
    }

    private void serve() {
        boolean handedOver = false;
        while (!handedOver && door.isOpen()) {
            try (SocketChannel channel = door.accept()) {
                handedOver = serve(channel);
            } catch (IOException e) {
                if (door.isOpen()) {
                    log.warn("A daemon could not take over: {}", e.getMessage());
                }
            } catch (RuntimeException e) {
                log.error("A daemon could not take over", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        if (handedOver) {
            handover.finish();
        }
    }

    private boolean serve(SocketChannel channel) throws IOException, InterruptedException {
        BufferedReader words =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        String asked = words.readLine();
        if (asked == null || !asked.startsWith(ASK)) {
            say(channel, "this daemon does not understand: " + asked);
            return false;
        }
        log.info("Another daemon takes over.");
        InetSocketAddress address = handover.stopAccepting();
        try {
            PassedSocket.send(Path.of(asked.substring(ASK.length())), Listeners.descriptorOf(address.getPort()));
            say(channel, PASSED + address.getAddress().getHostAddress() + " " + address.getPort());
        } catch (IOException | RuntimeException e) {
            handover.goOn();
            throw e;
        }
        // From here on there is no way back: the successor makes the same path again.
        close();
        handover.release();
        try {
            say(channel, RELEASED);
        } catch (IOException e) {
            log.error("The daemon that took over is gone; nothing serves any more.", e);
        }
        return true;
    }

    private static void say(SocketChannel channel, String word) throws IOException {
        ByteBuffer line = ByteBuffer.wrap((word + "\n").getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            channel.write(line);
        }
    }

    @Override
    public void close() throws IOException {
        if (door.isOpen()) {
            door.close();
            Files.deleteIfExists(path);
        }
    }
}
