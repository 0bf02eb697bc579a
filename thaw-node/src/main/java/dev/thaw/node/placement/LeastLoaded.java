package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

/** Prefers the node with the smallest share of its memory taken, then with the fewest thaws a core. Blind to snapshots. */
public final class LeastLoaded implements PlacementPolicy {
    /** Thaws are worth a tenth of memory: they end within a second, instances stay. */
    private static final double THAWS_WEIGHT = 0.1;

    private final double rangeMillis;

    /** @param scale the scale that its costs will be read with; a full node scores near 0 on it */
    public LeastLoaded(ScoreScale scale) {
        rangeMillis = requireNonNull(scale, "scale is null").range().toMillis();
    }

    @Override
    public Cost cost(PlacementRequest request, NodeLoad load, boolean fits, long presentBytes, long arrivingBytes) {
        if (load.freeMemoryBytes() < request.memoryBytes()) {
            return Cost.NO_ROOM;
        }
        double memory = load.memoryShareWith(request.memoryBytes());
        double thaws = load.runningThaws() / (double) load.cores();
        return Cost.of(rangeMillis * (memory + THAWS_WEIGHT * thaws / (1 + thaws)) / (1 + THAWS_WEIGHT));
    }
}
