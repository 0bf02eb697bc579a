package dev.thaw.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One direction of a connection in memory: bounded, so that a writer waits for its reader. */
final class MemoryPipe {
    private static final int CAPACITY = 64 << 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final byte[] ring = new byte[CAPACITY];
    private final Input input = new Input();
    private final Output output = new Output();

    /** Guarded by lock, as all below. */
    private int start;

    private int size;
    private boolean ended;
    private @Nullable String broken;
    private Duration readTimeout;
    private Duration writeTimeout;

    MemoryPipe(Duration readTimeout, Duration writeTimeout) {
        this.readTimeout = readTimeout;
        this.writeTimeout = writeTimeout;
    }

    InputStream input() {
        return input;
    }

    /** Closing it is the end of the stream. */
    OutputStream output() {
        return output;
    }

    void timeouts(Duration reads, Duration writes) {
        lock.lock();
        try {
            readTimeout = reads;
            writeTimeout = writes;
        } finally {
            lock.unlock();
        }
    }

    /** Fails all reads and writes from now on; what has not been read is lost. */
    void breakOff(String why) {
        lock.lock();
        try {
            if (broken == null) {
                broken = why;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void await(long deadline, String what) throws IOException {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("The other side did not " + what + " in time");
        }
        try {
            changed.awaitNanos(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    private void checkWhole() throws IOException {
        if (broken != null) {
            throw new IOException(broken);
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
            if (length == 0) {
                return 0;
            }
            lock.lock();
            try {
                long deadline = System.nanoTime() + readTimeout.toNanos();
                while (size == 0) {
                    checkWhole();
                    if (ended) {
                        return -1;
                    }
                    await(deadline, "send");
                }
                checkWhole();
                int count = Math.min(Math.min(length, size), CAPACITY - start);
                System.arraycopy(ring, start, target, offset, count);
                start = (start + count) % CAPACITY;
                size -= count;
                changed.signalAll();
                return count;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public int available() {
            lock.lock();
            try {
                return size;
            } finally {
                lock.unlock();
            }
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            lock.lock();
            try {
                int done = 0;
                while (done < length) {
                    long deadline = System.nanoTime() + writeTimeout.toNanos();
                    while (size == CAPACITY && broken == null) {
                        await(deadline, "receive");
                    }
                    checkWhole();
                    if (ended) {
                        throw new IOException("The stream has been ended.");
                    }
                    int end = (start + size) % CAPACITY;
                    int count = Math.min(Math.min(length - done, CAPACITY - size), CAPACITY - end);
                    System.arraycopy(bytes, offset + done, ring, end, count);
                    size += count;
                    done += count;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                ended = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
