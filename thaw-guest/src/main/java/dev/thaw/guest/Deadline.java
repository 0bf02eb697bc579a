package dev.thaw.guest;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/** A point in time that a wait may not pass. */
final class Deadline {
    private final Duration timeout;
    private final long endNanos;

    private Deadline(Duration timeout, long endNanos) {
        this.timeout = timeout;
        this.endNanos = endNanos;
    }

    static Deadline in(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("A timeout is negative: " + timeout);
        }
        long nanos = TimeUnit.NANOSECONDS.convert(timeout);
        return new Deadline(timeout, System.nanoTime() + Math.min(nanos, Long.MAX_VALUE / 2));
    }

    /**
     * Waits once for a signal; the caller holds the lock and tests its condition again.
     *
     * @throws AgentException with {@link AgentException.Code#TIMEOUT} when the time is over, or with
     *     {@link AgentException.Code#CLOSED} when the thread is interrupted, which stays so
     */
    void await(Condition condition, String what) throws AgentException {
        long left = endNanos - System.nanoTime();
        if (left <= 0) {
            throw new AgentException(
                    AgentException.Code.TIMEOUT, "Waited " + timeout.toMillis() + " ms in vain for " + what);
        }
        try {
            condition.awaitNanos(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentException(AgentException.Code.CLOSED, "Interrupted while waiting for " + what, e);
        }
    }
}
