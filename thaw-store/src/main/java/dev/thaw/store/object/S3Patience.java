package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How long an S3 store waits, and how often it tries.
 *
 * @param connect for a connection
 * @param idle for the next byte of an answer
 * @param attempt for one whole request, but for reading its answer's body
 * @param attempts how often a request, or the rest of a transfer that broke off, is tried in all
 * @param firstPause about how long before the second attempt; doubled each time, half of it random
 */
record S3Patience(Duration connect, Duration idle, Duration attempt, int attempts, Duration firstPause) {
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    S3Patience {
        requireNonNull(connect, "connect is null");
        requireNonNull(idle, "idle is null");
        requireNonNull(attempt, "attempt is null");
        requireNonNull(firstPause, "firstPause is null");
        if (attempts < 1) {
            throw new IllegalArgumentException("At least one attempt is needed, not " + attempts);
        }
    }

    /** A store that refuses is given up after about a second, one that is silent after about a minute. */
    static S3Patience standard() {
        return new S3Patience(
                Duration.ofSeconds(3), Duration.ofSeconds(15), Duration.ofSeconds(60), 4, Duration.ofMillis(100));
    }

    /** The pause after a failed attempt, the first of which is number 1. */
    Duration pause(int attempt, double random) {
        long full = Math.min(LONGEST_PAUSE.toMillis(), firstPause.toMillis() << Math.min(attempt - 1, 10));
        return Duration.ofMillis((long) (full * (0.5 + random / 2)));
    }
}
