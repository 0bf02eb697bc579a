package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.Claim;
import dev.thaw.sandbox.FunctionConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A connection into an instance in the shape that httpcore reads and writes. It connects with the first bytes that are written, so that they
 * travel with the opening.
 */
final class FunctionSocket extends Socket {
    private final Claim claim;
    private final Duration timeout;
    private final Input input = new Input();
    private final Output output = new Output();

    /** Set once by the writer, before anyone reads. */
    private volatile @Nullable FunctionConnection connection;

    /** When the first byte came back; 0 before. Written and read by the thread that reads. */
    private long firstByteNanos;

    /** Whether a connection has been asked for. Used by the thread that writes first. */
    private boolean tried;

    /** @param timeout how long each read and write may wait */
    FunctionSocket(Claim claim, Duration timeout) {
        this.claim = requireNonNull(claim, "claim is null");
        this.timeout = requireNonNull(timeout, "timeout is null");
    }

    /** Whether the function took the connection and its first bytes. */
    OptionalLong acceptedNanos() {
        FunctionConnection open = connection;
        return open == null ? OptionalLong.empty() : open.acceptedNanos();
    }

    long firstByteNanos() {
        return firstByteNanos;
    }

    /** How long each further read and write may wait. */
    void timeout(Duration limit) {
        FunctionConnection open = connection;
        if (open != null) {
            open.timeout(limit);
        }
    }

    private FunctionConnection open() throws IOException {
        FunctionConnection open = connection;
        if (open == null) {
            throw new IOException("Nothing has been sent yet.");
        }
        return open;
    }

    @Override
    public InputStream getInputStream() {
        return input;
    }

    @Override
    public OutputStream getOutputStream() {
        return output;
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public void setSoTimeout(int millis) {
        // The connection has its timeout from its opening.
    }

    @Override
    public int getSoTimeout() {
        return Math.toIntExact(Math.min(timeout.toMillis(), Integer.MAX_VALUE));
    }

    @Override
    public void shutdownOutput() throws IOException {
        open().output().close();
    }

    @Override
    public void close() {
        FunctionConnection open = connection;
        if (open != null) {
            open.close();
        }
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = open().input().read(target, offset, length);
            if (firstByteNanos == 0 && count > 0) {
                firstByteNanos = System.nanoTime();
            }
            return count;
        }

        @Override
        public int available() throws IOException {
            return open().input().available();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            FunctionConnection open = connection;
            if (open != null) {
                open.output().write(bytes, offset, length);
                return;
            }
            if (tried) {
                // httpcore flushes once more when it gives up: that must not become a second invocation.
                throw new IOException("No connection to the function came about.");
            }
            tried = true;
            ByteBuffer first = ByteBuffer.wrap(bytes, offset, length);
            FunctionConnection fresh = claim.connect(first, timeout);
            connection = fresh;
            if (first.hasRemaining()) {
                fresh.output().write(bytes, first.arrayOffset() + first.position(), first.remaining());
            }
        }

        @Override
        public void flush() throws IOException {
            FunctionConnection open = connection;
            if (open != null) {
                open.output().flush();
            }
        }
    }
}
