package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

/**
 * One candidate, seen from one request.
 *
 * @param name the node's or worker's name, unique among the candidates
 * @param load what it has and does
 * @param fits whether a snapshot of the revision is known that this node can thaw; without one the node would boot
 * @param presentBytes bytes of the snapshot's working set in the node's cache
 * @param arrivingBytes further bytes of it that the node fetches already for another start
 */
public record NodeView(String name, NodeLoad load, boolean fits, long presentBytes, long arrivingBytes) {

    public NodeView(String name, NodeLoad load, boolean fits, long presentBytes) {
        this(name, load, fits, presentBytes, 0);
    }

    public NodeView {
        requireNonNull(name, "name is null");
        requireNonNull(load, "load is null");
        if (presentBytes < 0 || arrivingBytes < 0) {
            throw new IllegalArgumentException("presentBytes is %d and arrivingBytes %d, neither may be negative"
                    .formatted(presentBytes, arrivingBytes));
        }
    }
}
