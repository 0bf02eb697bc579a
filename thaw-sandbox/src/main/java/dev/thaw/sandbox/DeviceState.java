package dev.thaw.sandbox;

import dev.thaw.sandbox.SandboxException.Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/** Receives the state of processors and devices that a stopped VMM sends, over a socket in its folder. */
final class DeviceState {
    private static final int MOST_BYTES = 16 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** Tells the VMM to send. */
    interface Sender {
        void sendTo(Path socket) throws SandboxException;
    }

    private DeviceState() {}

    static byte[] receive(RunDirectory directory, Sender sender) throws IOException {
        Path socket = directory.path().resolve("state.sock");
        Files.deleteIfExists(socket);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            server.bind(UnixDomainSocketAddress.of(socket), 1);
            // Only the daemon and this VMM's group can reach into the folder.
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
            server.configureBlocking(false);
            SelectionKey accepting = server.register(selector, SelectionKey.OP_ACCEPT);
            long deadline = System.nanoTime() + TIMEOUT.toNanos();
            sender.sendTo(socket);
            awaitReady(selector, deadline);
            accepting.cancel();
            try (SocketChannel channel = server.accept()) {
                channel.configureBlocking(false);
                selector.selectNow();
                channel.register(selector, SelectionKey.OP_READ);
                return readAll(channel, selector, deadline);
            }
        } finally {
            Files.deleteIfExists(socket);
        }
    }

    private static byte[] readAll(SocketChannel channel, Selector selector, long deadline) throws IOException {
        ByteArrayOutputStream state = new ByteArrayOutputStream(128 << 10);
        ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
        while (true) {
            awaitReady(selector, deadline);
            int count = channel.read(buffer);
            if (count < 0) {
                return state.toByteArray();
            }
            state.write(buffer.array(), 0, buffer.position());
            buffer.clear();
            if (state.size() > MOST_BYTES) {
                throw new SandboxException(
                        Code.VMM_REFUSED, "The VMM's device state is over " + MOST_BYTES + " bytes.");
            }
        }
    }

    private static void awaitReady(Selector selector, long deadline) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0 || selector.select(millis) == 0) {
            throw new SandboxException(
                    Code.VMM_HUNG, "The VMM did not send its device state within " + TIMEOUT.toMillis() + " ms.");
        }
        selector.selectedKeys().clear();
    }
}
