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
 * @param leastCores what the thaws of a node get of its cores where instances have asked for all of them
 * @param assumedWorkingSetBytes of a snapshot that no node has reported yet
 * @param patience a start that takes so long counts double, one of twice the length threefold, and so on; at least a millisecond
 * @param originWeight what fetching a byte from the origin costs others, as a share of the time it takes
 * @param evictionWeight what evicting a byte costs, as a share of what fetching it costs: 0 ignores it, 1 means that every
 *     evicted byte will be fetched again
 * @param fullMemory what a start on a node with all memory taken costs more than on an empty one; 0 where something else
 *     balances memory, as kube-scheduler does
 * @param crowdingFloor a node whose share of taken memory lies below this is not crowded, from 0 to 1
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
        double leastCores,
        long assumedWorkingSetBytes,
        Duration patience,
        double originWeight,
        double evictionWeight,
        Duration fullMemory,
        double crowdingFloor,
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
            24_000_000,
            Duration.ofMillis(100),
            1,
            0.5,
            Duration.ZERO,
            0.5,
            0.095,
            Duration.ofSeconds(200));

    public CostModel {
        requireNotNegative(originLatency, "originLatency");
        requireNotNegative(peerLatency, "peerLatency");
        requireNotNegative(thaw, "thaw");
        requireNotNegative(boot, "boot");
        requireNotNegative(patience, "patience");
        requirePositive(patience.toMillis(), "patience in milliseconds");
        requireNotNegative(fullMemory, "fullMemory");
        requireNotNegative(crowding, "crowding");
        if (!(leastCores >= NodeLoad.LEAST_CORES && leastCores <= 1000)) {
            throw new IllegalArgumentException(
                    "leastCores is " + leastCores + ", it must lie between a hundredth and a thousand");
        }
        requireWithin(crowdingFloor, 1, "crowdingFloor");
        requireWithin(crowdingTolerance, 1, "crowdingTolerance");
        requireWithin(originWeight, 100, "originWeight");
        requireWithin(evictionWeight, 100, "evictionWeight");
        requirePositive(originBytesPerSecond, "originBytesPerSecond");
        requirePositive(peerBytesPerSecond, "peerBytesPerSecond");
        requirePositive(linkBytesPerSecond, "linkBytesPerSecond");
        requirePositive(assumedWorkingSetBytes, "assumedWorkingSetBytes");
    }

    /** For placement among workers where nothing else spreads instances. */
    public CostModel withFullMemory(Duration cost) {
        return with(patience, originWeight, evictionWeight, cost, crowdingFloor, crowdingTolerance, crowding);
    }

    public CostModel withPatience(Duration time) {
        return with(time, originWeight, evictionWeight, fullMemory, crowdingFloor, crowdingTolerance, crowding);
    }

    public CostModel withOriginWeight(double weight) {
        return with(patience, weight, evictionWeight, fullMemory, crowdingFloor, crowdingTolerance, crowding);
    }

    public CostModel withEvictionWeight(double weight) {
        return with(patience, originWeight, weight, fullMemory, crowdingFloor, crowdingTolerance, crowding);
    }

    public CostModel withCrowding(double floor, double tolerance, Duration cost) {
        return with(patience, originWeight, evictionWeight, fullMemory, floor, tolerance, cost);
    }

    private CostModel with(
            Duration patient,
            double origin,
            double eviction,
            Duration full,
            double floor,
            double tolerance,
            Duration crowded) {
        return new CostModel(
                originLatency,
                originBytesPerSecond,
                peerLatency,
                peerBytesPerSecond,
                linkBytesPerSecond,
                thaw,
                boot,
                leastCores,
                assumedWorkingSetBytes,
                patient,
                origin,
                eviction,
                full,
                floor,
                tolerance,
                crowded);
    }

    private static void requireNotNegative(Duration duration, String name) {
        requireNonNull(duration, name + " is null");
        if (duration.isNegative() || duration.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + " is " + duration + ", it must lie between 0 and a day");
        }
    }

    private static void requireWithin(double value, double limit, String name) {
        if (!(value >= 0 && value <= limit)) {
            throw new IllegalArgumentException("%s is %s, it must lie between 0 and %s".formatted(name, value, limit));
        }
    }

    private static void requirePositive(long value, String name) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " is " + value + ", it must be positive");
        }
    }
}
