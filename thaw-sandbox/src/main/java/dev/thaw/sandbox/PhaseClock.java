package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Divides the time of one start into phases without gaps: each phase begins where the one before it ended, so that they add up to
 * the whole.
 */
public final class PhaseClock {
    private final LongSupplier nanoTime;
    private final long startNanos;

    /** Guarded by this. */
    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);

    /** Guarded by this. */
    private long lastNanos;

    /** @param nanoTime a monotonic clock, as {@link System#nanoTime} */
    public PhaseClock(LongSupplier nanoTime) {
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
        startNanos = nanoTime.getAsLong();
        lastNanos = startNanos;
    }

    /** Ends {@code phase} now. A phase that ends twice has both times added up. */
    public synchronized void end(Phase phase) {
        long now = nanoTime.getAsLong();
        nanos.merge(phase, now - lastNanos, Long::sum);
        lastNanos = now;
    }

    /** Nanoseconds since the clock was made. */
    public long elapsedNanos() {
        return nanoTime.getAsLong() - startNanos;
    }

    /** Milliseconds of each phase that has ended, in the order of the phases. */
    public synchronized Map<Phase, Double> millis() {
        Map<Phase, Double> millis = new EnumMap<>(Phase.class);
        nanos.forEach((phase, value) -> millis.put(phase, value / 1e6));
        return Collections.unmodifiableMap(millis);
    }
}
