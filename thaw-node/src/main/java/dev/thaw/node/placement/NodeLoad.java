package dev.thaw.node.placement;

/**
 * What a node has and what it is doing, apart from any one snapshot.
 *
 * @param cores cores that thaws may use, at least 1
 * @param memoryBytes memory for instances, in all
 * @param freeMemoryBytes memory for instances that none has taken, at most {@code memoryBytes}
 * @param runningThaws thaws and boots that run or wait on the node
 * @param freeCacheBytes bytes the node cache can take before it has to evict
 */
public record NodeLoad(int cores, long memoryBytes, long freeMemoryBytes, int runningThaws, long freeCacheBytes) {

    public NodeLoad {
        if (cores < 1) {
            throw new IllegalArgumentException("cores is " + cores + ", a node has at least 1");
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

    /** Share of the node's memory that would be taken with {@code bytes} more, from 0 to 1. */
    double memoryShareWith(long bytes) {
        return memoryBytes == 0 ? 1 : 1 - (freeMemoryBytes - (double) bytes) / memoryBytes;
    }

    /** Share of the node's memory that is taken, from 0 to 1. */
    public double memoryShare() {
        return memoryShareWith(0);
    }
}
