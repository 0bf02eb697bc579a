package dev.thaw.lazy;

import dev.thaw.lazy.LazyException.Code;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that keeps a mount, seen from the daemon. The connection to it is the daemon's sign of life; it begins with a greeting that says where the descriptors of
 * /dev/fuse are, and they are copied from there.
 */
final class Holder {
    private static final Logger log = LoggerFactory.getLogger(Holder.class);
    private static final Duration GREETING_PATIENCE = Duration.ofSeconds(30);
    private static final Duration END_PATIENCE = Duration.ofSeconds(10);
    private static final Pattern GREETING = Pattern.compile("holder [0-9]{1,9}( [0-9]{1,9}){1,16}");
    private static final int LONGEST_GREETING = 256;

    private final SocketChannel channel;
    private final List<Integer> devices;

    private Holder(SocketChannel channel, List<Integer> devices) {
        this.channel = channel;
        this.devices = devices;
    }

    /** Makes a mount. Nothing may be mounted or listening there. */
    static Holder start(HolderProgram program, LazyMountSettings settings) throws LazyException {
        Process process = program.start(List.of(
                settings.mountPoint().toString(),
                settings.socket().toString(),
                String.valueOf(settings.readers()),
                String.valueOf(settings.longestReadBytes()),
                String.valueOf(settings.holderPatience().toSeconds())));
        return connect(settings.socket())
                .orElseThrow(() -> new LazyException(
                        Code.HOST, "The holder, process " + process.pid() + ", ended before it could be spoken to."));
    }

    /** Takes up the mount that an earlier daemon left. Empty when nobody holds it. Waits while that daemon is still there. */
    static Optional<Holder> connect(Path socket) throws LazyException {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new LazyException(Code.HOST, "No socket for a holder: " + e.getMessage(), e);
        }
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            log.debug("Nobody listens at {}", socket, e);
            close(channel);
            return Optional.empty();
        }
        try {
            String greeting = greeting(channel);
            if (greeting.isEmpty()) {
                close(channel);
                return Optional.empty();
            }
            return Optional.of(new Holder(channel, copyDevices(greeting)));
        } catch (IOException e) {
            close(channel);
            throw new LazyException(Code.HOST, "The holder at " + socket + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** Its line, or nothing when it ended at this moment. */
    private static String greeting(SocketChannel channel) throws IOException {
        ByteBuffer line = ByteBuffer.allocate(LONGEST_GREETING);
        long deadline = System.nanoTime() + GREETING_PATIENCE.toNanos();
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            while (line.position() == 0 || line.get(line.position() - 1) != '\n') {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0 || !line.hasRemaining()) {
                    throw new IOException(
                            "it does not answer; an earlier daemon may still have the mount: wait until that has ended");
                }
                selector.select(left);
                if (!read(channel, line)) {
                    return "";
                }
            }
        }
        channel.configureBlocking(true);
        return new String(line.array(), 0, line.position() - 1, StandardCharsets.US_ASCII);
    }

    /** False when the other end is gone, orderly or not. */
    private static boolean read(SocketChannel channel, ByteBuffer into) {
        try {
            return channel.read(into) >= 0;
        } catch (IOException e) {
            log.debug("The holder ended while it was waited for", e);
            return false;
        }
    }

    private static List<Integer> copyDevices(String greeting) throws IOException {
        if (!GREETING.matcher(greeting).matches()) {
            throw new IOException("it says \"" + greeting + "\"");
        }
        String[] words = greeting.split(" ");
        int process = Linux.openProcess(Long.parseLong(words[1]));
        List<Integer> devices = new ArrayList<>();
        try {
            for (int i = 2; i < words.length; i++) {
                devices.add(Linux.copyDescriptor(process, Integer.parseInt(words[i])));
            }
            return devices;
        } catch (IOException e) {
            for (int device : devices) {
                Linux.close(device);
            }
            throw e;
        } finally {
            Linux.close(process);
        }
    }

    /** This process's own copies, in the holder's order. */
    List<Integer> devices() {
        return devices;
    }

    /** Leaves the mount to the next daemon. */
    void leave() {
        close(channel);
    }

    /** The mount is no more: ends the holder, and with its descriptors what is left of the connection. Waits until that is done. */
    void end() {
        try (channel;
                Selector selector = Selector.open()) {
            channel.write(ByteBuffer.wrap(new byte[] {'e'}));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            long deadline = System.nanoTime() + END_PATIENCE.toNanos();
            ByteBuffer nothing = ByteBuffer.allocate(1);
            while (channel.read(nothing) >= 0) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    log.error("The holder of a mount does not end");
                    return;
                }
                selector.select(left);
            }
        } catch (IOException e) {
            log.debug("The holder was gone already", e);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("The socket of a holder could not be closed", e);
        }
    }
}
