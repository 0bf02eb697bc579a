package dev.thaw.kubernetes.publish;

import static java.util.Objects.requireNonNull;

import dev.thaw.kubernetes.resource.SnapshotEntry;
import dev.thaw.node.placement.NodeLoad;
import java.util.List;

/**
 * What a node says about itself at one moment.
 *
 * @param capacityBytes bytes the node cache may hold
 * @param usedBytes bytes it holds
 * @param hostClass what a snapshot must fit to be thawed here
 * @param load cores, memory and thaws; its free cache bytes are what is left of the capacity, less what is pinned
 * @param snapshots what is held, the most recently used first
 */
public record NodeState(
        long capacityBytes, long usedBytes, String hostClass, NodeLoad load, List<SnapshotEntry> snapshots) {
    public NodeState {
        requireNonNull(hostClass, "hostClass is null");
        requireNonNull(load, "load is null");
        snapshots = List.copyOf(snapshots);
        if (capacityBytes < 0 || usedBytes < 0) {
            throw new IllegalArgumentException("capacityBytes is %d and usedBytes %d, neither may be negative"
                    .formatted(capacityBytes, usedBytes));
        }
    }
}
