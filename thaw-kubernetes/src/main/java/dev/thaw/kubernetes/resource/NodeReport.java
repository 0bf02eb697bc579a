package dev.thaw.kubernetes.resource;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.placement.NodeLoad;
import java.time.Instant;

/** A node's status, read and found sound. */
public record NodeReport(String node, Instant heartbeat, String hostClass, NodeLoad load, HeldSnapshots held) {
    public NodeReport {
        requireNonNull(node, "node is null");
        requireNonNull(heartbeat, "heartbeat is null");
        requireNonNull(hostClass, "hostClass is null");
        requireNonNull(load, "load is null");
        requireNonNull(held, "held is null");
    }
}
