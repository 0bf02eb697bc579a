package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Carries whole frames over a non-blocking socket. A frame is written by the thread that sends it as far as the socket takes it, since
 * a hand-over to another thread would cost every invocation; the port's own thread reads, and writes what was left. What is left is
 * bounded: senders of data wait for room, and control frames beyond a limit mean that the guest no longer reads.
 */
final class FramePort {
    /** Takes the frames of the other end, and the port's end; called by the port's thread, the end by whoever brought it about. */
    interface Handler extends FrameDecoder.Receiver {
        void ended(AgentException why);
    }

    private static final long DATA_LIMIT_BYTES = 256 << 10;
    private static final long CONTROL_LIMIT_BYTES = 1 << 20;
    private static final long JOIN_MILLIS = 1_000;

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Handler handler;
    private final Thread thread;

    /** Guards the fields below. Fair, so that no stream's data waits for ever behind another's. */
    private final ReentrantLock lock = new ReentrantLock(true);

    private final Condition room = lock.newCondition();
    private final Deque<ByteBuffer> left = new ArrayDeque<>();
    private long leftBytes;
    private @Nullable AgentException end;

    /** Takes the channel over, also when it throws. */
    FramePort(SocketChannel channel, String name, Handler handler) throws IOException {
        this.channel = requireNonNull(channel, "channel is null");
        this.handler = requireNonNull(handler, "handler is null");
        try {
            channel.configureBlocking(false);
            this.selector = Selector.open();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        this.key = channel.register(selector, SelectionKey.OP_READ);
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Sends a control frame or several frames that belong together; never waits. */
    void send(ByteBuffer... frames) throws AgentException {
        try {
            lock.lock();
            try {
                if (leftBytes > CONTROL_LIMIT_BYTES) {
                    throw new AgentException(
                            AgentException.Code.STALLED, "The guest no longer reads from its agent's port");
                }
                write(frames);
            } finally {
                lock.unlock();
            }
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    /** Sends data, in its turn. */
    void sendData(ByteBuffer frame, Deadline deadline) throws AgentException {
        try {
            lock.lock();
            try {
                while (end == null && leftBytes > DATA_LIMIT_BYTES) {
                    deadline.await(room, "the guest to read from its agent's port");
                }
                write(frame);
            } finally {
                lock.unlock();
            }
        } catch (AgentException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    /** Ends the port, once; the first reason counts. */
    void fail(AgentException why) {
        lock.lock();
        try {
            if (end != null) {
                return;
            }
            end = why;
            left.clear();
            room.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            channel.close();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
        selector.wakeup();
        handler.ended(why);
    }

    /** Waits until the port's thread has let go of the socket. */
    void join() {
        if (Thread.currentThread() == thread) {
            return;
        }
        boolean interrupted = false;
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS);
        for (long leftNanos = endNanos - System.nanoTime(); thread.isAlive() && leftNanos > 0; ) {
            try {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(leftNanos)));
            } catch (InterruptedException e) {
                interrupted = true;
            }
            leftNanos = endNanos - System.nanoTime();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(ByteBuffer... frames) throws IOException {
        if (end != null) {
            throw end.again();
        }
        if (left.isEmpty()) {
            channel.write(frames);
        }
        for (ByteBuffer frame : frames) {
            if (frame.hasRemaining()) {
                left.add(frame);
                leftBytes += frame.remaining();
            }
        }
        if (!left.isEmpty() && key.interestOps() == SelectionKey.OP_READ) {
            key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            selector.wakeup();
        }
    }

    /** Ends the port, without its lock: the handler takes locks of its own. */
    private AgentException failed(Exception cause) {
        AgentException why = cause instanceof AgentException known ? known : gone(cause);
        fail(why);
        return why.again();
    }

    private void run() {
        FrameDecoder decoder = new FrameDecoder(FrameType.Sender.GUEST);
        try (selector) {
            while (channel.isOpen()) {
                selector.select();
                if (!key.isValid()) {
                    break;
                }
                if (key.isWritable()) {
                    writeLeft();
                }
                if (key.isReadable()) {
                    read(decoder);
                }
            }
        } catch (IOException | RuntimeException e) {
            fail(e instanceof AgentException known ? known : gone(e));
        }
    }

    private void read(FrameDecoder decoder) throws IOException {
        int count = channel.read(decoder.input());
        if (count < 0) {
            throw new AgentException(AgentException.Code.CLOSED, "The machine's end of the agent's port went away");
        }
        decoder.drain(handler);
    }

    private void writeLeft() throws IOException {
        lock.lock();
        try {
            while (!left.isEmpty()) {
                ByteBuffer frame = left.getFirst();
                leftBytes -= channel.write(frame);
                if (frame.hasRemaining()) {
                    break;
                }
                left.removeFirst();
            }
            if (left.isEmpty()) {
                key.interestOps(SelectionKey.OP_READ);
            }
            if (leftBytes <= DATA_LIMIT_BYTES) {
                room.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private static AgentException gone(Exception cause) {
        return new AgentException(
                AgentException.Code.CLOSED, "The connection to the guest's agent broke: " + cause.getMessage(), cause);
    }
}
