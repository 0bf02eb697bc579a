package dev.thaw.node.placement;

/**
 * What an instance takes of its node for as long as it lives.
 *
 * @param memoryBytes memory
 * @param cores processor, in cores and parts of one
 */
public record Demand(long memoryBytes, double cores) {
    public static final Demand NONE = new Demand(0, 0);

    public Demand {
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("memoryBytes is " + memoryBytes + ", it must not be negative");
        }
        if (!(cores >= 0 && cores <= NodeLoad.MOST_CORES)) {
            throw new IllegalArgumentException("cores is " + cores + ", it must lie between 0 and a million");
        }
    }

    /** Both together; the sum stays within bounds. */
    public Demand plus(Demand other) {
        long memory = memoryBytes + other.memoryBytes;
        return new Demand(memory < 0 ? Long.MAX_VALUE : memory, Math.min(NodeLoad.MOST_CORES, cores + other.cores));
    }

    /** What is left without the other. */
    public Demand minus(Demand other) {
        return new Demand(Math.max(0, memoryBytes - other.memoryBytes), Math.max(0, cores - other.cores));
    }
}
