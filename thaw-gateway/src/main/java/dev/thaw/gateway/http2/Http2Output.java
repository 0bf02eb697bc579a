package dev.thaw.gateway.http2;

import static java.util.Objects.requireNonNull;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.frame.DefaultFrameFactory;
import org.apache.hc.core5.http2.frame.FrameFactory;
import org.apache.hc.core5.http2.frame.RawFrame;
import org.apache.hc.core5.http2.hpack.HPackEncoder;
import org.apache.hc.core5.http2.impl.io.FrameOutputBuffer;
import org.apache.hc.core5.util.ByteArrayBuffer;

/** The sending half of a connection. Safe for many threads; each call writes whole frames. */
final class Http2Output {
    /** The least that a peer must take, and the most that is sent. */
    static final int FRAME_BYTES = 16 << 10;

    private static final int BUFFER_BYTES = 32 << 10;
    private static final FrameFactory FRAMES = DefaultFrameFactory.INSTANCE;

    private final ReentrantLock lock = new ReentrantLock();
    private final OutputStream output;
    private final FrameOutputBuffer frames = new FrameOutputBuffer(FRAME_BYTES);
    // Tables of headers cost memory on both sides and buy little on one machine: only the static one is used.
    private final HPackEncoder encoder = new HPackEncoder(0, StandardCharsets.ISO_8859_1);

    Http2Output(OutputStream output) {
        this.output = new BufferedOutputStream(requireNonNull(output, "output is null"), BUFFER_BYTES);
    }

    void raw(byte[] bytes) throws IOException {
        lock.lock();
        try {
            output.write(bytes);
        } finally {
            lock.unlock();
        }
    }

    /** A frame of the connection's own, which goes out at once. */
    void control(RawFrame frame) throws IOException {
        lock.lock();
        try {
            frames.write(frame, output);
            output.flush();
        } finally {
            lock.unlock();
        }
    }

    void reset(int stream, H2Error error) throws IOException {
        control(FRAMES.createResetStream(stream, error));
    }

    void windowUpdate(int stream, int bytes) throws IOException {
        control(FRAMES.createWindowUpdate(stream, bytes));
    }

    /** A block of headers, in as many frames as it takes, with nothing in between. */
    void headers(int stream, List<? extends Header> headers, boolean end) throws IOException {
        ByteArrayBuffer block = new ByteArrayBuffer(512);
        lock.lock();
        try {
            encoder.encodeHeaders(block, headers, false);
            int first = Math.min(block.length(), FRAME_BYTES);
            frames.write(
                    FRAMES.createHeaders(
                            stream, ByteBuffer.wrap(block.array(), 0, first), first == block.length(), end),
                    output);
            for (int at = first; at < block.length(); ) {
                int count = Math.min(block.length() - at, FRAME_BYTES);
                ByteBuffer part = ByteBuffer.wrap(block.array(), at, count);
                at += count;
                frames.write(FRAMES.createContinuation(stream, part, at == block.length()), output);
            }
        } finally {
            lock.unlock();
        }
    }

    /** At most {@link #FRAME_BYTES}, within the windows. */
    void data(int stream, byte[] bytes, int offset, int length, boolean end) throws IOException {
        lock.lock();
        try {
            frames.write(FRAMES.createData(stream, ByteBuffer.wrap(bytes, offset, length), end), output);
        } finally {
            lock.unlock();
        }
    }

    void flush() throws IOException {
        lock.lock();
        try {
            output.flush();
        } finally {
            lock.unlock();
        }
    }
}
