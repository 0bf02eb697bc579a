package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;

/**
 * Waits until a guest has nothing more to do, so that it is not frozen in the middle of something that each of its clones would go on with before it does anything else: a runtime's compiler and
 * collector work on for a while after a request has been answered.
 */
final class GuestRest {
    private static final Duration WINDOW = Duration.ofMillis(50);

    /** So many in a row: what a runtime puts off, it puts off for half a second (V8's collector). */
    private static final int WINDOWS = 12;

    /** A guest at rest takes about a hundredth of a core, by its timers. */
    private static final int PART_OF_CORE = 20;

    private final ProcessorTime taken;
    private final Pause pause;

    /** How much processor time the guest has taken so far. */
    @FunctionalInterface
    interface ProcessorTime {
        /** @return nanoseconds of one core */
        long nanos() throws IOException;
    }

    /** Lets time pass. */
    @FunctionalInterface
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    GuestRest(ProcessorTime taken, Pause pause) {
        this.taken = requireNonNull(taken, "taken is null");
        this.pause = requireNonNull(pause, "pause is null");
    }

    /**
     * Waits for it.
     *
     * @param most a guest that works all the time is waited for so long
     * @return how long it took
     */
    Duration await(Duration most) throws IOException, InterruptedException {
        Duration waited = Duration.ZERO;
        long before = taken.nanos();
        for (int still = 0; still < WINDOWS && waited.compareTo(most) < 0; ) {
            pause.of(WINDOW);
            waited = waited.plus(WINDOW);
            long now = taken.nanos();
            still = now - before <= WINDOW.toNanos() / PART_OF_CORE ? still + 1 : 0;
            before = now;
        }
        return waited;
    }
}
