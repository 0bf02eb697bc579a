package dev.thaw.node;

import dev.thaw.node.NodeException.Code;
import dev.thaw.store.DataSize;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets starts begin in the order in which they came, as cores and memory allow. Starts that all run at once only slow each other down: the first is
 * ready no sooner than the last. A core is held until the start has ended, memory until the instance has; a start that waits for something far away
 * lends its core to others.
 */
final class Admission {
    private static final Duration FOREVER = Duration.ofDays(1);

    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition changed = lock.newCondition();
    private final long memoryBytes;
    private final int cores;
    private final Runnable onShortage;

    /** The starts that wait, first come first served. Guarded by lock. */
    private final Queue<Object> waiting = new ArrayDeque<>();

    /** Guarded by lock. */
    private long usedBytes;

    /** Guarded by lock. */
    private int usedCores;

    /** Starts under way that have lent their cores. Guarded by lock. */
    private int lending;

    /** Those of them that want them back: they go before who waits to begin. Guarded by lock. */
    private int returning;

    /** When a start ended last. Guarded by lock. */
    private long lastEndNanos = System.nanoTime();

    /**
     * @param memoryBytes for all instances together
     * @param cores how many starts may run at once
     * @param onShortage asks for idle instances to be retired; must not block
     */
    Admission(long memoryBytes, int cores, Runnable onShortage) {
        this.memoryBytes = memoryBytes;
        this.cores = cores;
        this.onShortage = onShortage;
    }

    /** What a start was given. */
    final class Permit implements AutoCloseable {
        private final long bytes;

        /** Guarded by lock. */
        private boolean core;

        /** Guarded by lock. */
        private boolean lent;

        /** Guarded by lock. */
        private boolean memory = true;

        Permit(long bytes, boolean core) {
            this.bytes = bytes;
            this.core = core;
        }

        /** The start is over, the instance runs. */
        void releaseCore() {
            lock.lock();
            try {
                if (core) {
                    core = false;
                    usedCores--;
                    lastEndNanos = System.nanoTime();
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        /** Lets others start until the loan is closed, which waits for a core. */
        Loan lend() {
            lock.lock();
            try {
                if (core) {
                    core = false;
                    lent = true;
                    usedCores--;
                    lending++;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
            return this::takeBack;
        }

        private void takeBack() {
            lock.lock();
            try {
                if (lent) {
                    returning++;
                    while (usedCores >= cores) {
                        // Those who have them end, or lend them.
                        changed.awaitUninterruptibly();
                    }
                    returning--;
                    lending--;
                    usedCores++;
                    lent = false;
                    core = true;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        /** The instance is gone. */
        @Override
        public void close() {
            lock.lock();
            try {
                releaseCore();
                if (memory) {
                    memory = false;
                    usedBytes -= bytes;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** A core that others have for a while. */
    @FunctionalInterface
    interface Loan extends AutoCloseable {
        @Override
        void close();
    }

    /** @throws NodeException NO_CAPACITY when the bytes will never fit, or none came free within {@code timeoutNanos} */
    Permit admit(long bytes, long timeoutNanos) throws NodeException {
        if (bytes > memoryBytes) {
            throw new NodeException(
                    Code.NO_CAPACITY,
                    "An instance needs " + new DataSize(bytes) + " and the worker has " + new DataSize(memoryBytes)
                            + " in all. Give the worker more with --memory, or the function less.");
        }
        Object ticket = new Object();
        lock.lock();
        try {
            waiting.add(ticket);
            long left = timeoutNanos;
            while (waiting.peek() != ticket || usedCores + returning >= cores || usedBytes + bytes > memoryBytes) {
                if (waiting.peek() == ticket && usedBytes + bytes > memoryBytes) {
                    onShortage.run();
                }
                if (left <= 0) {
                    throw new NodeException(
                            Code.NO_CAPACITY,
                            "No room for another instance: " + new DataSize(usedBytes) + " of "
                                    + new DataSize(memoryBytes) + " are in use and " + (usedCores + lending)
                                    + " starts are under way.");
                }
                left = changed.awaitNanos(left);
            }
            usedBytes += bytes;
            usedCores++;
            return new Permit(bytes, true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NodeException(Code.CLOSED, "The worker is ending.", e);
        } finally {
            waiting.remove(ticket);
            changed.signalAll();
            lock.unlock();
        }
    }

    /** Takes memory for an instance that runs already; empty when there is too little. */
    Optional<Permit> readmit(long bytes) {
        lock.lock();
        try {
            if (usedBytes + bytes > memoryBytes) {
                return Optional.empty();
            }
            usedBytes += bytes;
            return Optional.of(new Permit(bytes, false));
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no start is under way or waiting, and none has been for {@code calm}. */
    void awaitCalm(Duration calm) throws InterruptedException {
        while (!awaitCalm(calm, FOREVER)) {
            // Until it is.
        }
    }

    /** @return false when it was not so within {@code patience} */
    boolean awaitCalm(Duration calm, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        lock.lockInterruptibly();
        try {
            while (true) {
                long now = System.nanoTime();
                boolean busy = usedCores + lending > 0 || !waiting.isEmpty();
                long left = busy ? Long.MAX_VALUE : lastEndNanos + calm.toNanos() - now;
                if (left <= 0) {
                    return true;
                }
                if (end - now <= 0) {
                    return false;
                }
                var unused = changed.awaitNanos(Math.min(left, end - now));
            }
        } finally {
            lock.unlock();
        }
    }

    /** An instance has become idle: whoever is short of memory may ask again. */
    void nudge() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** For all instances together. */
    long memoryBytes() {
        return memoryBytes;
    }

    long freeBytes() {
        lock.lock();
        try {
            return memoryBytes - usedBytes;
        } finally {
            lock.unlock();
        }
    }
}
