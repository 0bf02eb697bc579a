package dev.thaw.kubernetes.publish;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when a node's report is written.
 *
 * <p>A change waits a little for others to join it; an eviction waits less, for what is gone must not attract pods. Never more
 * than one write per minimum interval; a heartbeat when nothing changes. A failed write is repeated with growing delays, with
 * the state as it is then.
 */
public final class ReportWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReportWriter.class);

    private final Supplier<NodeState> state;
    private final Consumer<NodeState> publisher;
    private final Timing timing;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;

    /** When the next write is due, by {@link #nanoTime}. Guarded by {@link #lock}. */
    private long dueNanos;

    /** Guarded by {@link #lock}. */
    private boolean closed;

    /**
     * @param heartbeat a write is made at least so often
     * @param batch how long an addition or a change of load waits for others
     * @param eviction how long an eviction waits for others
     * @param interval the least time between two writes
     * @param maxRetry the longest delay after failures
     */
    public record Timing(Duration heartbeat, Duration batch, Duration eviction, Duration interval, Duration maxRetry) {
        /** A thousand nodes then write a hundred times a second when idle, a thousand times at most. */
        public static final Timing DEFAULT = new Timing(
                Duration.ofSeconds(10),
                Duration.ofSeconds(2),
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                Duration.ofSeconds(30));
    }

    /**
     * Starts to write; the first report is due at once.
     *
     * @param state asked for the state at each write
     * @param publisher writes it, or throws {@link KubernetesClientException}
     */
    public ReportWriter(
            Supplier<NodeState> state, Consumer<NodeState> publisher, Timing timing, LongSupplier nanoTime) {
        this.state = requireNonNull(state, "state is null");
        this.publisher = requireNonNull(publisher, "publisher is null");
        this.timing = requireNonNull(timing, "timing is null");
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
        dueNanos = nanoTime.getAsLong();
        thread = Thread.ofVirtual().name("thaw-report-writer").start(this::run);
    }

    /** Something was added, or the load changed. */
    public void changed() {
        dueWithin(timing.batch());
    }

    /** Something that was reported is not there any more. */
    public void evicted() {
        dueWithin(timing.eviction());
    }

    private void dueWithin(Duration limit) {
        lock.lock();
        try {
            long due = nanoTime.getAsLong() + limit.toNanos();
            if (due - dueNanos < 0) {
                dueNanos = due;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        Duration retry = timing.interval();
        try {
            while (awaitDue()) {
                Duration pause;
                try {
                    publisher.accept(state.get());
                    retry = timing.interval();
                    pause = timing.interval();
                } catch (KubernetesClientException e) {
                    LOG.warn("the report could not be written, next attempt in {}: {}", retry, e.getMessage());
                    dueWithin(retry);
                    pause = retry;
                    retry = retry.multipliedBy(2).compareTo(timing.maxRetry()) > 0
                            ? timing.maxRetry()
                            : retry.multipliedBy(2);
                }
                if (!awaitClose(pause)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until a write is due and takes it; whatever comes after belongs to the next one. */
    private boolean awaitDue() throws InterruptedException {
        lock.lock();
        try {
            long rest = dueNanos - nanoTime.getAsLong();
            while (rest > 0 && !closed) {
                changed.await(rest, TimeUnit.NANOSECONDS);
                rest = dueNanos - nanoTime.getAsLong();
            }
            dueNanos = nanoTime.getAsLong() + timing.heartbeat().toNanos();
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the time has passed without the writer being closed. */
    private boolean awaitClose(Duration pause) throws InterruptedException {
        lock.lock();
        try {
            long rest = pause.toNanos();
            while (rest > 0 && !closed) {
                rest = changed.awaitNanos(rest);
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Stops writing; the report then grows stale, or goes with its node. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
