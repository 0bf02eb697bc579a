package dev.thaw.gateway.http2;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http2.H2Error;
import org.jspecify.annotations.Nullable;

/**
 * One exchange on a connection of many. One thread may read while another writes. What is not read stays with the sender beyond the
 * stream's window; what the other side does not take makes the writer wait.
 */
public final class Http2Stream {
    private static final int MOST_HEADS = 32;

    private final Http2Connection connection;
    private final int id;

    /** The connection's, for the windows are shared. */
    private final ReentrantLock lock;

    private final Condition changed;
    private final Deque<List<Header>> heads = new ArrayDeque<>();
    private final Deque<byte[]> chunks = new ArrayDeque<>();
    private List<Header> trailers = List.of();
    private int headCount;
    private boolean finalHead;
    private int chunkOffset;
    private int waitingBytes;
    private int uncredited;
    private long receivedBytes;
    private long expectedBytes = -1;
    private int receiveWindow;
    private int sendWindow;
    private boolean remoteEnded;
    private boolean localEnded;
    private @Nullable IOException failure;
    private Runnable whenFailed = () -> {};
    private Duration patience;

    Http2Stream(Http2Connection connection, int id, int sendWindow) {
        this.connection = requireNonNull(connection, "connection is null");
        this.id = id;
        this.sendWindow = sendWindow;
        lock = connection.lock();
        changed = lock.newCondition();
        receiveWindow = connection.limits().streamWindow();
        patience = connection.limits().patience();
    }

    public int id() {
        return id;
    }

    /** How long each further read and write may wait for the other side. */
    public void timeout(Duration limit) {
        lock.lock();
        try {
            patience = limit;
        } finally {
            lock.unlock();
        }
    }

    /** Runs once when the stream breaks off, at once if it has; from the connection's reading thread, so it must not wait. */
    public void whenFailed(Runnable action) {
        lock.lock();
        try {
            whenFailed = action;
            if (failure == null) {
                return;
            }
        } finally {
            lock.unlock();
        }
        action.run();
    }

    // Receiving. The connection's reading thread calls these with the lock held.

    /** @throws Http2Violation when no headers may come here */
    void received(List<Header> block, boolean end, boolean isFinal) throws Http2Violation {
        if (remoteEnded) {
            throw new Http2Violation(H2Error.STREAM_CLOSED, "Headers came on a stream that had ended.");
        }
        if (finalHead) {
            if (!end) {
                throw new Http2Violation(H2Error.PROTOCOL_ERROR, "Trailers do not end their stream.");
            }
            trailers = block;
        } else {
            if (++headCount > MOST_HEADS) {
                throw new Http2Violation(H2Error.ENHANCE_YOUR_CALM, "Too many interim answers came.");
            }
            finalHead = isFinal;
            heads.add(block);
        }
        if (end) {
            remoteEnd();
        }
        changed.signalAll();
    }

    /** @param expected the length that the head told, or -1; a body of another length breaks off */
    void expect(long expected) {
        expectedBytes = expected;
    }

    /** @param flowBytes with padding, as windows count */
    void received(byte[] data, int flowBytes, boolean end) throws Http2Violation {
        if (remoteEnded || !finalHead) {
            throw new Http2Violation(H2Error.STREAM_CLOSED, "Data came outside of a stream's body.");
        }
        receiveWindow -= flowBytes;
        if (receiveWindow < 0) {
            throw new Http2Violation(H2Error.FLOW_CONTROL_ERROR, "More data came than the window allows.");
        }
        receivedBytes += data.length;
        if (data.length > 0) {
            chunks.add(data);
            waitingBytes += data.length;
        }
        if (expectedBytes >= 0 && receivedBytes > expectedBytes) {
            throw Http2Violation.ofStream("The body is longer than its content-length.");
        }
        if (end) {
            remoteEnd();
        }
        changed.signalAll();
    }

    private void remoteEnd() throws Http2Violation {
        remoteEnded = true;
        if (expectedBytes >= 0 && receivedBytes != expectedBytes) {
            throw Http2Violation.ofStream("The body is shorter than its content-length.");
        }
    }

    void widen(int bytes) throws Http2Violation {
        if (sendWindow + (long) bytes > Integer.MAX_VALUE) {
            throw new Http2Violation(H2Error.FLOW_CONTROL_ERROR, "A stream's window is too wide.");
        }
        sendWindow += bytes;
        changed.signalAll();
    }

    void signal() {
        changed.signalAll();
    }

    /** Returns what the connection's window gets back, of bytes that nobody will read. */
    int fail(IOException cause) {
        if (failure != null) {
            return 0;
        }
        failure = cause;
        int unread = discard();
        changed.signalAll();
        whenFailed.run();
        return unread;
    }

    /** Drops what nobody will read. Returns its bytes. */
    int discard() {
        chunks.clear();
        int unread = waitingBytes;
        waitingBytes = 0;
        return unread;
    }

    boolean isOver() {
        return failure != null || (remoteEnded && localEnded);
    }

    // Reading.

    /** The next head: a request's, or an answer's, of which there may be interim ones before the last. */
    public List<Header> awaitHead() throws IOException {
        lock.lock();
        try {
            long nanos = patience.toNanos();
            while (heads.isEmpty()) {
                check();
                if (remoteEnded) {
                    throw new IOException("The stream ended before its head.");
                }
                nanos = await(nanos);
            }
            return heads.remove();
        } finally {
            lock.unlock();
        }
    }

    /** Whether no body comes, as far as that is known. */
    public boolean isBodyless() {
        lock.lock();
        try {
            return remoteEnded && chunks.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Reads what there is, waiting for the first byte; -1 at the end. */
    public int read(byte[] target, int offset, int length) throws IOException {
        int credit;
        int count;
        lock.lock();
        try {
            long nanos = patience.toNanos();
            while (chunks.isEmpty()) {
                check();
                if (remoteEnded) {
                    return -1;
                }
                nanos = await(nanos);
            }
            byte[] chunk = chunks.element();
            count = Math.min(length, chunk.length - chunkOffset);
            System.arraycopy(chunk, chunkOffset, target, offset, count);
            chunkOffset += count;
            if (chunkOffset == chunk.length) {
                chunks.remove();
                chunkOffset = 0;
            }
            waitingBytes -= count;
            uncredited += count;
            credit = takeCredit();
        } finally {
            lock.unlock();
        }
        if (credit > 0 && wantsMore()) {
            connection.output().windowUpdate(id, credit);
        }
        connection.credit(count);
        return count;
    }

    private int takeCredit() {
        if (uncredited < connection.limits().streamWindow() / 2) {
            return 0;
        }
        int credit = uncredited;
        uncredited = 0;
        receiveWindow += credit;
        return credit;
    }

    /** Whether the sender may send more of the body, so that telling it of room makes sense. */
    private boolean wantsMore() {
        lock.lock();
        try {
            return !remoteEnded && failure == null;
        } finally {
            lock.unlock();
        }
    }

    public int available() {
        lock.lock();
        try {
            return waitingBytes;
        } finally {
            lock.unlock();
        }
    }

    /** What came behind the body; to be asked once it has ended. */
    public List<Header> trailers() {
        lock.lock();
        try {
            return trailers;
        } finally {
            lock.unlock();
        }
    }

    // Writing.

    public void writeHead(List<? extends Header> head, boolean end) throws IOException {
        lock.lock();
        try {
            check();
            if (localEnded) {
                throw new IOException("The stream has been ended already.");
            }
        } finally {
            lock.unlock();
        }
        connection.output().headers(id, head, end);
        if (end) {
            ended();
        }
    }

    /** Returns when the bytes are on their way; {@link #flush} sends them off. */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int left = length;
        while (left > 0) {
            int count = takeWindow(Math.min(left, Http2Output.FRAME_BYTES));
            connection.output().data(id, bytes, at, count, false);
            at += count;
            left -= count;
        }
    }

    /** Ends this side's half, with {@code trailers} if there are any. */
    public void end(List<? extends Header> trailers) throws IOException {
        if (trailers.isEmpty()) {
            connection.output().data(id, new byte[0], 0, 0, true);
            connection.output().flush();
            ended();
        } else {
            writeHead(trailers, true);
            connection.output().flush();
        }
    }

    private int takeWindow(int most) throws IOException {
        int count = tryTakeWindow(most, 0);
        if (count == 0) {
            // What has been written must be out before the other side can make room for more.
            connection.output().flush();
            count = tryTakeWindow(most, patience.toNanos());
        }
        return count;
    }

    private int tryTakeWindow(int most, long waitNanos) throws IOException {
        lock.lock();
        try {
            long nanos = waitNanos;
            while (sendWindow <= 0 || connection.sendWindow() <= 0) {
                check();
                if (waitNanos == 0) {
                    return 0;
                }
                nanos = await(nanos);
            }
            check();
            int count = Math.min(most, Math.min(sendWindow, connection.sendWindow()));
            sendWindow -= count;
            connection.takeSendWindow(count);
            return count;
        } finally {
            lock.unlock();
        }
    }

    public void flush() throws IOException {
        connection.output().flush();
    }

    /** Breaks the stream off, unless it is over. */
    public void reset(H2Error error) {
        connection.reset(this, error, new IOException("The stream was given up."));
    }

    private void ended() {
        lock.lock();
        try {
            localEnded = true;
        } finally {
            lock.unlock();
        }
        connection.checkOver(this);
    }

    private void check() throws IOException {
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
    }

    private long await(long nanos) throws IOException {
        if (nanos <= 0) {
            throw new SocketTimeoutException(
                    "The other side neither sent nor took anything for " + patience.toSeconds() + " s.");
        }
        try {
            return changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while waiting for the other side", e);
        }
    }
}
