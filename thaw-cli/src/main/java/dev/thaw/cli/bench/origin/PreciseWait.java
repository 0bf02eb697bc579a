package dev.thaw.cli.bench.origin;

import java.util.concurrent.locks.LockSupport;

/** Waits for a moment. Parking alone is late by the kernel's timer slack and a wake-up. */
final class PreciseWait {
    private static final long WAKE_UP_NANOS = 120_000;

    private PreciseWait() {}

    /**
     * To within some microseconds, on an idle core.
     *
     * @param deadline as of {@link System#nanoTime}
     */
    static void until(long deadline) throws InterruptedException {
        roughly(deadline - WAKE_UP_NANOS);
        while (deadline - System.nanoTime() > 0) {
            Thread.onSpinWait();
        }
    }

    /** To within a tenth of a millisecond or so, later never earlier. */
    static void roughly(long deadline) throws InterruptedException {
        for (long left = deadline - System.nanoTime(); left > 0; left = deadline - System.nanoTime()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.parkNanos(left);
        }
    }
}
