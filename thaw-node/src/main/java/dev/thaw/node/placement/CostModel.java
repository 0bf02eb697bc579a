package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * The weights of {@link ExpectedCost}: how long things take on the cluster at hand.
 *
 * @param originLatency time to the object store's first byte
 * @param originBytesPerSecond what one thaw gets from the object store while it is alone
 * @param peerLatency time to another node's first byte
 * @param peerBytesPerSecond what one thaw gets from another node while it is alone
 * @param linkBytesPerSecond a node's network link, shared by all thaws on it
 * @param thaw time a core is busy with one thaw whose bytes are all there
 * @param boot time a core is busy with a start from the image
 * @param evictionWeight what evicting a byte costs, as a share of what fetching it costs: 0 ignores it, 1 means that every
 *     evicted byte will be fetched again
 * @param fullMemory what a start on a node with all memory taken costs more than on an empty one; 0 where something else
 *     balances memory, as kube-scheduler does
 * @param crowdingTolerance how far a node's share of taken memory may lie above the candidates' mean at no cost, from 0 to 1
 * @param crowding what a start costs more for each whole share above that
 */
public record CostModel(
        Duration originLatency,
        long originBytesPerSecond,
        Duration peerLatency,
        long peerBytesPerSecond,
        long linkBytesPerSecond,
        Duration thaw,
        Duration boot,
        double evictionWeight,
        Duration fullMemory,
        double crowdingTolerance,
        Duration crowding) {

    /**
     * The reference store profile of the benchmarks (20 ms and 100 MB/s a stream from the origin, 1 ms and 500 MB/s from a
     * peer), a 10 Gbit/s link, and the boot of a container image on a node's block device as measured in the thesis.
     */
    public static final CostModel DEFAULT = new CostModel(
            Duration.ofMillis(20),
            100_000_000,
            Duration.ofMillis(1),
            500_000_000,
            1_250_000_000,
            Duration.ofMillis(100),
            Duration.ofMillis(2500),
            0.5,
            Duration.ZERO,
            0.1,
            Duration.ofSeconds(20));

    public CostModel {
        requireNotNegative(originLatency, "originLatency");
        requireNotNegative(peerLatency, "peerLatency");
        requireNotNegative(thaw, "thaw");
        requireNotNegative(boot, "boot");
        requireNotNegative(fullMemory, "fullMemory");
        requireNotNegative(crowding, "crowding");
        if (!(crowdingTolerance >= 0 && crowdingTolerance <= 1)) {
            throw new IllegalArgumentException(
                    "crowdingTolerance is " + crowdingTolerance + ", it must lie between 0 and 1");
        }
        requirePositive(originBytesPerSecond, "originBytesPerSecond");
        requirePositive(peerBytesPerSecond, "peerBytesPerSecond");
        requirePositive(linkBytesPerSecond, "linkBytesPerSecond");
        if (!(evictionWeight >= 0 && evictionWeight <= 100)) {
            throw new IllegalArgumentException(
                    "evictionWeight is " + evictionWeight + ", it must lie between 0 and 100");
        }
    }

    /** For placement among workers where nothing else spreads instances. */
    public CostModel withFullMemory(Duration cost) {
        return new CostModel(
                originLatency,
                originBytesPerSecond,
                peerLatency,
                peerBytesPerSecond,
                linkBytesPerSecond,
                thaw,
                boot,
                evictionWeight,
                cost,
                crowdingTolerance,
                crowding);
    }

    public CostModel withEvictionWeight(double weight) {
        return new CostModel(
                originLatency,
                originBytesPerSecond,
                peerLatency,
                peerBytesPerSecond,
                linkBytesPerSecond,
                thaw,
                boot,
                weight,
                fullMemory,
                crowdingTolerance,
                crowding);
    }

    public CostModel withCrowding(double tolerance, Duration cost) {
        return new CostModel(
                originLatency,
                originBytesPerSecond,
                peerLatency,
                peerBytesPerSecond,
                linkBytesPerSecond,
                thaw,
                boot,
                evictionWeight,
                fullMemory,
                tolerance,
                cost);
    }

    private static void requireNotNegative(Duration duration, String name) {
        requireNonNull(duration, name + " is null");
        if (duration.isNegative() || duration.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + " is " + duration + ", it must lie between 0 and a day");
        }
    }

    private static void requirePositive(long value, String name) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " is " + value + ", it must be positive");
        }
    }
}
