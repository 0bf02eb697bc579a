package dev.thaw.cli.bench.origin;

/**
 * When the bytes of one stream may pass. A byte passes when a line of the given rate would have brought it; what is late because nobody was ready to pass it on is made up
 * for, up to {@link #MOST_LATE_BYTES}, so that a late thread does not slow the line down and a late source does not make it faster.
 */
final class StreamPace {
    /** Ten milliseconds of an object store's stream. */
    static final long MOST_LATE_BYTES = 1 << 20;

    private static final double NANOS = 1e9;

    private final double bytesPerNano;
    private long begin;
    private long passed;

    /** @param begin when the first byte is due, in the same clock as all other times */
    StreamPace(long bytesPerSecond, long begin) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("A stream carries " + bytesPerSecond + " bytes a second.");
        }
        this.bytesPerNano = bytesPerSecond / NANOS;
        this.begin = begin;
    }

    /** How many bytes may pass now. */
    long allowed(long now) {
        long allowed = (long) ((now - begin) * bytesPerNano) - passed;
        if (allowed > MOST_LATE_BYTES) {
            begin += (long) ((allowed - MOST_LATE_BYTES) / bytesPerNano);
            return MOST_LATE_BYTES;
        }
        return Math.max(0, allowed);
    }

    /** When so many further bytes may pass. */
    long due(long bytes) {
        return begin + (long) Math.ceil((passed + bytes) / bytesPerNano);
    }

    void passed(long bytes) {
        passed += bytes;
    }
}
