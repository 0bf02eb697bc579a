package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

/**
 * An instance that needs a place.
 *
 * @param instance the instance's identity; only breaks ties, so that equal instances do not all prefer the same node
 * @param memoryBytes memory the instance takes on its node
 * @param workingSetBytes bytes a thaw of its snapshot needs before the first response
 * @param peerBytes bytes of the working set that the best-stocked other node would serve; 0 where nodes do not serve each other
 * @param meanMemoryShare share of memory that is taken, from 0 to 1, as a mean over the candidates; 0 where it is not known
 */
public record PlacementRequest(
        String instance, long memoryBytes, long workingSetBytes, long peerBytes, double meanMemoryShare) {

    public PlacementRequest {
        requireNonNull(instance, "instance is null");
        if (memoryBytes < 0 || workingSetBytes < 0 || peerBytes < 0) {
            throw new IllegalArgumentException(
                    "memoryBytes is %d, workingSetBytes %d, peerBytes %d, none may be negative"
                            .formatted(memoryBytes, workingSetBytes, peerBytes));
        }
        if (!(meanMemoryShare >= 0 && meanMemoryShare <= 1)) {
            throw new IllegalArgumentException(
                    "meanMemoryShare is " + meanMemoryShare + ", it must lie between 0 and 1");
        }
    }

    public PlacementRequest(String instance, long memoryBytes, long workingSetBytes, long peerBytes) {
        this(instance, memoryBytes, workingSetBytes, peerBytes, 0);
    }

    public PlacementRequest withMeanMemoryShare(double share) {
        return new PlacementRequest(instance, memoryBytes, workingSetBytes, peerBytes, share);
    }
}
