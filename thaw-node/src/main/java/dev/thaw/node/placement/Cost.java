package dev.thaw.node.placement;

/**
 * What a start is expected to cost on one node, part by part, in milliseconds.
 *
 * @param startMillis the work itself: a thaw, or a boot where no snapshot fits
 * @param waitMillis sharing the cores with the thaws that run already
 * @param fetchMillis bringing the missing bytes of the working set
 * @param impatienceMillis what the length of these three adds, for a long wait is worse than two short ones
 * @param originMillis what others at the origin will wait for the bytes that have to be fetched there
 * @param evictionMillis what others will pay for the bytes that have to leave the cache
 * @param memoryMillis the price of filling a node's memory
 */
public record Cost(
        double startMillis,
        double waitMillis,
        double fetchMillis,
        double impatienceMillis,
        double originMillis,
        double evictionMillis,
        double memoryMillis) {

    /** The instance has no room on this node. */
    public static final Cost NO_ROOM = new Cost(Double.POSITIVE_INFINITY, 0, 0, 0, 0, 0, 0);

    /** A cost that is one number, of policies that do not take it apart. */
    static Cost of(double millis) {
        return new Cost(millis, 0, 0, 0, 0, 0, 0);
    }

    /** How long the start itself is expected to take. */
    public double latencyMillis() {
        return startMillis + waitMillis + fetchMillis;
    }

    public double totalMillis() {
        return latencyMillis() + impatienceMillis + originMillis + evictionMillis + memoryMillis;
    }
}
