package dev.thaw.node.placement;

/**
 * What a node has and what it is doing, apart from any one snapshot.
 *
 * @param cores cores that are left to thaws, in parts of a core too, at least {@link #LEAST_CORES}
 * @param memoryBytes memory for instances, in all
 * @param freeMemoryBytes memory for instances that none has taken, at most {@code memoryBytes}
 * @param runningThaws thaws and boots that run or wait on the node
 * @param freeCacheBytes bytes the node cache can take before it has to evict
 */
public record NodeLoad(double cores, long memoryBytes, long freeMemoryBytes, int runningThaws, long freeCacheBytes) {
    /** A thaw gets something of a core even where instances have asked for all of them. */
    public static final double LEAST_CORES = 0.01;

    static final double MOST_CORES = 1_000_000;

    public NodeLoad {
        if (!(cores >= LEAST_CORES && cores <= MOST_CORES)) {
            throw new IllegalArgumentException("cores is " + cores + ", it must lie between a hundredth and a million");
        }
        if (memoryBytes < 0 || freeMemoryBytes < 0 || freeMemoryBytes > memoryBytes) {
            throw new IllegalArgumentException("freeMemoryBytes is %d of %d, it must lie between 0 and the whole"
                    .formatted(freeMemoryBytes, memoryBytes));
        }
        if (runningThaws < 0 || freeCacheBytes < 0) {
            throw new IllegalArgumentException("runningThaws is %d and freeCacheBytes %d, neither may be negative"
                    .formatted(runningThaws, freeCacheBytes));
        }
    }

    /**
     * The node as it will be with instances that it has not counted yet.
     *
     * @param demand what they take
     * @param thaws thaws that run or wait at the least
     */
    public NodeLoad with(Demand demand, int thaws) {
        return new NodeLoad(
                Math.max(LEAST_CORES, cores - demand.cores()),
                memoryBytes,
                Math.max(0, freeMemoryBytes - demand.memoryBytes()),
                Math.max(runningThaws, thaws),
                freeCacheBytes);
    }

    /** Share of the node's memory that would be taken with {@code bytes} more, from 0 to 1. */
    double memoryShareWith(long bytes) {
        return memoryBytes == 0 ? 1 : 1 - (freeMemoryBytes - (double) bytes) / memoryBytes;
    }

    /** Share of the node's memory that is taken, from 0 to 1. */
    public double memoryShare() {
        return memoryShareWith(0);
    }
}
