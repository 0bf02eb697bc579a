package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

/**
 * An instance that needs a place.
 *
 * @param instance the instance's identity; only breaks ties, so that equal instances do not all prefer the same node
 * @param demand what the instance takes of its node
 * @param workingSetBytes bytes a thaw of its snapshot needs before the first response
 * @param peerBytes bytes of the working set that the best-stocked other node would serve; 0 where nodes do not serve each other
 * @param meanMemoryShare share of memory that is taken, from 0 to 1, as a mean over the candidates; 0 where it is not known
 */
public record PlacementRequest(
        String instance, Demand demand, long workingSetBytes, long peerBytes, double meanMemoryShare) {

    public PlacementRequest {
        requireNonNull(instance, "instance is null");
        requireNonNull(demand, "demand is null");
        if (workingSetBytes < 0 || peerBytes < 0) {
            throw new IllegalArgumentException("workingSetBytes is %d, peerBytes %d, neither may be negative"
                    .formatted(workingSetBytes, peerBytes));
        }
        if (!(meanMemoryShare >= 0 && meanMemoryShare <= 1)) {
            throw new IllegalArgumentException(
                    "meanMemoryShare is " + meanMemoryShare + ", it must lie between 0 and 1");
        }
    }

    public PlacementRequest(String instance, Demand demand, long workingSetBytes, long peerBytes) {
        this(instance, demand, workingSetBytes, peerBytes, 0);
    }

    public long memoryBytes() {
        return demand.memoryBytes();
    }

    public PlacementRequest withMeanMemoryShare(double share) {
        return new PlacementRequest(instance, demand, workingSetBytes, peerBytes, share);
    }
}
