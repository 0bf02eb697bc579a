package dev.thaw.lazy;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the kernel for answers and notifications: the descriptors of /dev/fuse of one mount. A request must be answered on the descriptor that it was read
 * from. All calls are safe from any thread; results are zero or a negative errno.
 */
final class FuseConnection {
    private static final Logger log = LoggerFactory.getLogger(FuseConnection.class);

    /** Beyond these, frames are made and forgotten. */
    private static final int KEPT_FRAMES = 16;

    private static final List<MemorySegment> NOTHING = List.of();

    private final List<Integer> devices;
    private final ArrayBlockingQueue<ReplyFrame> frames = new ArrayBlockingQueue<>(KEPT_FRAMES);

    FuseConnection(List<Integer> devices) {
        this.devices = List.copyOf(devices);
    }

    List<Integer> devices() {
        return devices;
    }

    private long withFrame(ToLongFunction<ReplyFrame> use) {
        ReplyFrame frame = frames.poll();
        if (frame == null) {
            frame = new ReplyFrame();
        }
        try {
            return use.applyAsLong(frame);
        } finally {
            // When there are enough already this one is left to the garbage collector.
            var unused = frames.offer(frame);
        }
    }

    /** Encodes the body of an answer; returns its length. */
    @FunctionalInterface
    interface Body {
        int write(MemorySegment body);
    }

    void answer(int device, long unique, Body content) {
        check(withFrame(frame -> frame.send(device, unique, 0, content.write(frame.body()), NOTHING)));
    }

    void refuse(int device, long unique, int errno) {
        check(withFrame(frame -> frame.send(device, unique, -errno)));
    }

    long data(int device, long unique, List<MemorySegment> pieces) {
        return withFrame(frame -> frame.send(device, unique, 0, 0, pieces));
    }

    /** A request may be gone by the time of its answer, and so may the mount. */
    private static void check(long result) {
        if (result < 0 && result != -Linux.ENOENT && result != -Linux.ENODEV) {
            log.warn("The kernel refused an answer with errno {}", -result);
        }
    }

    private long notify(int code, Body content, List<MemorySegment> pieces) {
        return withFrame(frame -> frame.send(devices.getFirst(), 0, code, content.write(frame.body()), pieces));
    }

    /** Puts bytes into the page cache. Waits while a READ of one of their pages is under way. ENOENT: the inode is not known. */
    long store(long node, long offset, MemorySegment bytes) {
        return notify(
                FuseProtocol.NOTIFY_STORE,
                body -> {
                    body.set(JAVA_LONG, 0, node);
                    body.set(JAVA_LONG, 8, offset);
                    body.set(JAVA_INT, 16, Math.toIntExact(bytes.byteSize()));
                    body.set(JAVA_INT, 20, 0);
                    return FuseProtocol.STORE_OUT_BYTES;
                },
                List.of(bytes));
    }

    /** ENOENT: nobody has the inode any more. Changes nothing else: what is cached of its pages stays. */
    long touchInode(long node) {
        return notify(
                FuseProtocol.NOTIFY_INVAL_INODE,
                body -> {
                    body.set(JAVA_LONG, 0, node);
                    body.set(JAVA_LONG, 8, -1);
                    body.set(JAVA_LONG, 16, 0);
                    return 24;
                },
                NOTHING);
    }

    /** The name means nothing any more. Waits while a LOOKUP is under way. */
    long forgetName(String name) {
        return notify(
                FuseProtocol.NOTIFY_INVAL_ENTRY,
                body -> {
                    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
                    body.set(JAVA_LONG, 0, FuseProtocol.ROOT);
                    body.set(JAVA_INT, 8, bytes.length);
                    body.set(JAVA_INT, 12, 0);
                    MemorySegment.copy(bytes, 0, body, JAVA_BYTE, 16, bytes.length);
                    body.set(JAVA_BYTE, 16L + bytes.length, (byte) 0);
                    return 17 + bytes.length;
                },
                NOTHING);
    }

    /** All requests that were read and not answered come again. EINVAL: the kernel is older than 6.9. */
    long resend() {
        return notify(FuseProtocol.NOTIFY_RESEND, body -> 0, NOTHING);
    }

    /** Only when no thread uses it any more. */
    void close() {
        for (int device : devices) {
            try {
                Linux.close(device);
            } catch (IOException e) {
                log.warn("A descriptor of a mount could not be closed", e);
            }
        }
    }
}
