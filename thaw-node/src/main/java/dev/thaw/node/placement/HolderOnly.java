package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

/**
 * The rule of the thesis 'Serverless Snapshot Orchestration' (IST Lisboa, 2025): all or nothing for having any of the
 * snapshot, whatever the load. Kept for comparison.
 */
public final class HolderOnly implements PlacementPolicy {
    private final double rangeMillis;

    /** @param scale the scale that its costs will be read with; a node without the snapshot scores 0 on it */
    public HolderOnly(ScoreScale scale) {
        rangeMillis = requireNonNull(scale, "scale is null").range().toMillis();
    }

    @Override
    public Cost cost(PlacementRequest request, NodeLoad load, boolean fits, long presentBytes, long arrivingBytes) {
        return Cost.of(presentBytes > 0 || arrivingBytes > 0 ? 0 : rangeMillis);
    }
}
