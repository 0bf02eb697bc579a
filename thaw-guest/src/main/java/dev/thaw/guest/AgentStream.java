package dev.thaw.guest;

import static dev.thaw.guest.FrameDecoder.violation;
import static java.util.Objects.requireNonNull;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the function's port. The two directions are independent: closing the output is a half close, after which the input
 * still delivers. Data may be written at once; a function that does not accept connections shows as
 * {@link AgentException.Code#STREAM_REFUSED} at the next call. Every call that waits, waits at most the stream's timeout.
 */
public final class AgentStream implements AutoCloseable {
    static final int INITIAL_SEND_WINDOW = 65_536;
    static final int RECEIVE_WINDOW = 256 << 10;
    static final int MAX_WINDOW = 1 << 20;

    /** Why a stream is broken off, as in the protocol. */
    private enum Reset {
        REFUSED,
        GONE,
        PROTOCOL,
        RESOURCES,
        CANCELLED;

        int code() {
            return ordinal() + 1;
        }
    }

    private final int id;
    private final AgentConnection connection;
    private final InputStream input;
    private final OutputStream output;

    /** Guards the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private final ReceiveBuffer received = new ReceiveBuffer();
    private Duration timeout;
    private int sendWindow = INITIAL_SEND_WINDOW;
    private int receiveWindow = RECEIVE_WINDOW;
    private int toGrant;
    private long openedNanos;
    private boolean opened;
    private boolean guestEnded;
    private boolean hostEnded;
    private @Nullable AgentException failure;

    AgentStream(int id, AgentConnection connection, Duration timeout) {
        this.id = id;
        this.connection = requireNonNull(connection, "connection is null");
        this.timeout = requireNonNull(timeout, "timeout is null");
        this.input = new StreamInput(this);
        this.output = new StreamOutput(this);
    }

    /** Unique within the connection, from 1 up. */
    public int id() {
        return id;
    }

    /** What the function sends. Closing it closes the stream. */
    public InputStream input() {
        return input;
    }

    /** What the function receives; not buffered. Closing it ends this direction only. */
    public OutputStream output() {
        return output;
    }

    /** How long each later read or write may wait. */
    public void timeout(Duration limit) {
        requireNonNull(limit, "limit is null");
        lock.lock();
        try {
            timeout = limit;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the connection to the function stands and what came with the opening has been handed to it.
     *
     * @throws AgentException when the function refuses, the stream breaks, or the time is over
     */
    public void awaitOpened(Duration limit) throws AgentException {
        lock.lock();
        try {
            Deadline deadline = Deadline.in(limit);
            while (!opened) {
                checkFailure();
                deadline.await(changed, "the function to accept a connection");
            }
        } finally {
            lock.unlock();
        }
    }

    /** {@link System#nanoTime} when {@link #awaitOpened} came true; empty before. */
    public OptionalLong openedNanos() {
        lock.lock();
        try {
            return opened ? OptionalLong.of(openedNanos) : OptionalLong.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Breaks the stream off unless both directions have ended. What the function sent and nobody read is lost. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (failure != null) {
                return;
            }
            boolean over = guestEnded && hostEnded;
            failure = new AgentException(AgentException.Code.CLOSED, "The stream is closed");
            received.clear();
            changed.signalAll();
            if (over) {
                return;
            }
        } finally {
            lock.unlock();
        }
        connection.reset(this, Reset.CANCELLED.code());
    }

    // What the user's threads do.

    int read(byte[] target, int offset, int length) throws AgentException {
        int grant = 0;
        int count;
        lock.lock();
        try {
            Deadline deadline = Deadline.in(timeout);
            while (received.size() == 0) {
                checkFailure();
                if (guestEnded) {
                    return -1;
                }
                deadline.await(changed, "the function to send");
            }
            count = received.take(target, offset, length);
            toGrant += count;
            if (toGrant >= RECEIVE_WINDOW / 2 && !guestEnded && failure == null) {
                grant = toGrant;
                receiveWindow += grant;
                toGrant = 0;
            }
        } finally {
            lock.unlock();
        }
        if (grant > 0) {
            connection.send(FrameEncoder.small(FrameType.WINDOW, id, grant));
        }
        return count;
    }

    int available() {
        lock.lock();
        try {
            return received.size();
        } finally {
            lock.unlock();
        }
    }

    void write(byte[] bytes, int offset, int length) throws AgentException {
        int done = 0;
        while (done < length) {
            int count;
            Deadline deadline;
            lock.lock();
            try {
                deadline = Deadline.in(timeout);
                while (sendWindow == 0 && failure == null) {
                    deadline.await(changed, "the function to receive");
                }
                checkFailure();
                if (hostEnded) {
                    throw new AgentException(AgentException.Code.WRONG_STATE, "The stream's output is closed");
                }
                count = Math.min(Math.min(sendWindow, length - done), FrameDecoder.MAX_PAYLOAD_BYTES);
                sendWindow -= count;
            } finally {
                lock.unlock();
            }
            connection.sendData(FrameEncoder.data(id, bytes, offset + done, count), deadline);
            done += count;
        }
    }

    void endOutput() throws AgentException {
        lock.lock();
        try {
            if (hostEnded || failure != null) {
                return;
            }
            hostEnded = true;
        } finally {
            lock.unlock();
        }
        connection.send(FrameEncoder.small(FrameType.EOF, id));
        connection.forgetWhenOver(this);
    }

    /** The frames that open the stream, with as much of its first bytes as may go before the function has accepted. */
    ByteBuffer[] opening(ByteBuffer first) {
        ByteBuffer open = FrameEncoder.small(FrameType.OPEN, id, RECEIVE_WINDOW);
        int count = Math.min(first.remaining(), INITIAL_SEND_WINDOW);
        if (count == 0) {
            return new ByteBuffer[] {open};
        }
        byte[] bytes = new byte[count];
        first.get(bytes);
        sendWindow -= count;
        return new ByteBuffer[] {open, FrameEncoder.data(id, bytes, 0, count)};
    }

    // What the connection's thread does.

    boolean isOver() {
        lock.lock();
        try {
            return failure != null || (guestEnded && hostEnded);
        } finally {
            lock.unlock();
        }
    }

    void onFrame(FrameType type, ByteBuffer bytes) throws AgentException {
        Payload payload = new Payload(type, bytes);
        lock.lock();
        try {
            switch (type) {
                case OPENED -> onOpened(payload.size());
                case WINDOW -> addWindow(payload.size());
                case DATA -> onData(bytes);
                case EOF -> onEof();
                case RESET -> onReset(payload.size());
                default -> throw violation("a frame of type " + type + " for a stream");
            }
            payload.end();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The connection ended; what was received before can still be read. */
    void onConnectionEnd(AgentException why) {
        lock.lock();
        try {
            if (failure == null) {
                failure = why;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void onOpened(int window) throws AgentException {
        if (opened) {
            throw violation("OPENED twice for stream " + id);
        }
        opened = true;
        openedNanos = System.nanoTime();
        addWindow(window);
    }

    private void addWindow(int bytes) throws AgentException {
        if (bytes > MAX_WINDOW - sendWindow) {
            throw violation("a window of more than " + MAX_WINDOW + " bytes for stream " + id);
        }
        sendWindow += bytes;
    }

    private void onData(ByteBuffer bytes) throws AgentException {
        int count = bytes.remaining();
        if (!opened || guestEnded || count == 0 || count > receiveWindow) {
            throw violation("DATA of " + count + " bytes for stream " + id + " with a window of " + receiveWindow
                    + (guestEnded ? " after EOF" : opened ? "" : " before OPENED"));
        }
        receiveWindow -= count;
        if (failure == null) {
            received.put(bytes);
        } else {
            bytes.position(bytes.limit());
        }
    }

    private void onEof() throws AgentException {
        if (!opened || guestEnded) {
            throw violation("EOF for stream " + id + (opened ? " twice" : " before OPENED"));
        }
        guestEnded = true;
    }

    private void onReset(int reason) throws AgentException {
        if (reason < 1 || reason > Reset.values().length) {
            throw violation("RESET with reason " + reason);
        }
        if (failure != null) {
            return;
        }
        failure = switch (Reset.values()[reason - 1]) {
            case REFUSED ->
                new AgentException(
                        AgentException.Code.STREAM_REFUSED, "The function does not accept a connection on its port");
            case RESOURCES ->
                new AgentException(
                        AgentException.Code.STREAM_RESET, "The guest has no resources left for another connection");
            case GONE, PROTOCOL, CANCELLED ->
                new AgentException(AgentException.Code.STREAM_RESET, "The function broke the connection off");
        };
    }

    private void checkFailure() throws AgentException {
        if (failure != null) {
            throw failure.again();
        }
    }
}
