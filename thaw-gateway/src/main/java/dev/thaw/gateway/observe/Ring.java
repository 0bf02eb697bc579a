package dev.thaw.gateway.observe;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

/** The last entries of something that goes on for ever, within a bound of bytes; readers can wait for more. A reader that is too slow misses the oldest. */
public final class Ring<T> {
    private final long boundBytes;
    private final ToLongFunction<T> size;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();

    /** Guarded by lock. */
    private final Deque<T> entries = new ArrayDeque<>();

    /** The number of the entry after the last. Guarded by lock. */
    private long next;

    /** Guarded by lock. */
    private long bytes;

    /** Guarded by lock. */
    private boolean closed;

    public Ring(long boundBytes, ToLongFunction<T> size) {
        this.boundBytes = boundBytes;
        this.size = requireNonNull(size, "size is null");
    }

    /**
     * What a reader gets.
     *
     * @param next where to read on
     * @param missed entries that were dropped before they were read
     * @param closed there will be no more
     */
    public record Batch<T>(List<T> entries, long next, long missed, boolean closed) {
        public Batch {
            entries = List.copyOf(entries);
        }
    }

    public void add(T entry) {
        requireNonNull(entry, "entry is null");
        lock.lock();
        try {
            entries.addLast(entry);
            next++;
            bytes += size.applyAsLong(entry);
            while (bytes > boundBytes && entries.size() > 1) {
                bytes -= size.applyAsLong(entries.removeFirst());
            }
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Where a reader starts who wants only what comes from now on. */
    public long end() {
        lock.lock();
        try {
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** The entries from the number {@code from} on, waiting for one if there is none yet. */
    public Batch<T> read(long from, Duration wait) throws InterruptedException {
        lock.lock();
        try {
            long left = wait.toNanos();
            while (next <= from && !closed && left > 0) {
                left = more.awaitNanos(left);
            }
            long first = next - entries.size();
            long begin = Math.max(from, first);
            List<T> found =
                    new ArrayList<>(entries).subList((int) Math.min(begin - first, entries.size()), entries.size());
            return new Batch<>(found, Math.max(next, from), begin - from, closed);
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all readers: there will be no more. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
