package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Divides the time of one start into phases without gaps: each phase begins where the one before it ended, so that they add up to
 * the whole.
 */
public final class PhaseClock {
    private record Mark(Phase phase, long endNanos) {}

    private final LongSupplier nanoTime;
    private final long startNanos;

    /** Guarded by this. */
    private final List<Mark> marks = new ArrayList<>();

    /** @param nanoTime a monotonic clock, as {@link System#nanoTime} */
    public PhaseClock(LongSupplier nanoTime) {
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
        startNanos = nanoTime.getAsLong();
    }

    /** Ends {@code phase} now. A phase that ends twice has both times added up. */
    public synchronized void end(Phase phase) {
        marks.add(new Mark(phase, nanoTime.getAsLong()));
    }

    /** When the clock was made. */
    public long startNanos() {
        return startNanos;
    }

    /** When the last phase ended; the start if none has. */
    public synchronized long endNanos() {
        return marks.isEmpty() ? startNanos : marks.getLast().endNanos();
    }

    /** Milliseconds of each phase that has ended, in the order of the phases. */
    public Map<Phase, Double> millis() {
        return millisSince(startNanos);
    }

    /**
     * The phases as someone saw them who has been waiting since {@code sinceNanos}: what passed before is left out, and waiting before the start is added to
     * {@link Phase#ADMIT}.
     */
    public synchronized Map<Phase, Double> millisSince(long sinceNanos) {
        Map<Phase, Double> millis = new EnumMap<>(Phase.class);
        if (sinceNanos < startNanos) {
            millis.put(Phase.ADMIT, (startNanos - sinceNanos) / 1e6);
        }
        long begin = startNanos;
        for (Mark mark : marks) {
            long nanos = Math.max(0, mark.endNanos() - Math.max(begin, sinceNanos));
            millis.merge(mark.phase(), nanos / 1e6, Double::sum);
            begin = mark.endNanos();
        }
        return millis;
    }
}
