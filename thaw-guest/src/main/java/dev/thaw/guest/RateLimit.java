package dev.thaw.guest;

/** So many bytes a second and no more, with a burst that fills up again while less is taken. Times are {@link System#nanoTime}'s. */
final class RateLimit {
    private static final double NANOS_A_SECOND = 1e9;

    private final long bytesASecond;
    private final long burstBytes;
    private double bytes;
    private long asOfNanos;

    RateLimit(long bytesASecond, long burstBytes, long nowNanos) {
        this.bytesASecond = bytesASecond;
        this.burstBytes = burstBytes;
        bytes = burstBytes;
        asOfNanos = nowNanos;
    }

    /** Takes what there is, at most {@code most}. */
    int take(int most, long nowNanos) {
        refill(nowNanos);
        int taken = (int) Math.min(most, bytes);
        bytes -= taken;
        return taken;
    }

    /** Puts back what was taken and not used. */
    void giveBack(int unused) {
        bytes = Math.min(burstBytes, bytes + unused);
    }

    /** How long until so many bytes can be taken; 0 when they can be now. */
    long nanosUntil(int wanted, long nowNanos) {
        refill(nowNanos);
        return bytes >= wanted ? 0 : (long) Math.ceil((wanted - bytes) * NANOS_A_SECOND / bytesASecond);
    }

    private void refill(long nowNanos) {
        bytes = Math.min(burstBytes, bytes + (nowNanos - asOfNanos) * (double) bytesASecond / NANOS_A_SECOND);
        asOfNanos = nowNanos;
    }
}
