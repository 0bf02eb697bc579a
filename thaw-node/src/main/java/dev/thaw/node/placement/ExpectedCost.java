package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

/**
 * Thaw's own policy: the time from the decision to a running instance, plus what the decision costs others.
 *
 * <h2>Terms</h2>
 *
 * <ul>
 *   <li>work: a thaw, or a boot where no snapshot fits or the bytes would take longer than a boot;
 *   <li>wait: one thaw per core runs at a time, the others queue in order, so each running thaw delays the new one by
 *       {@code thaw ÷ cores};
 *   <li>fetch: the missing bytes of the working set at the rate of their source, or at this thaw's share of the node's link
 *       where that is less;
 *   <li>eviction: bytes that do not fit into the cache push out bytes that a later thaw will want;
 *   <li>memory: rises with the share taken, for placements that nothing else balances; and steeply where a node lies above
 *       the mean by more than the tolerance. Below it a node's load costs nothing, so that bytes are not traded for
 *       differences that do not matter.
 * </ul>
 *
 * A holder therefore loses against an idle node exactly when its queue costs more than the bytes it saves.
 */
public final class ExpectedCost implements PlacementPolicy {
    private final double thawMillis;
    private final double bootMillis;
    private final double originLatencyMillis;
    private final double peerLatencyMillis;
    private final double originMillisPerByte;
    private final double peerMillisPerByte;
    private final double linkMillisPerByte;
    private final double evictionMillisPerByte;
    private final double fullMemoryMillis;
    private final double crowdingTolerance;
    private final double crowdingMillis;

    public ExpectedCost(CostModel model) {
        requireNonNull(model, "model is null");
        thawMillis = model.thaw().toNanos() / 1e6;
        bootMillis = model.boot().toNanos() / 1e6;
        originLatencyMillis = model.originLatency().toNanos() / 1e6;
        peerLatencyMillis = model.peerLatency().toNanos() / 1e6;
        originMillisPerByte = 1e3 / model.originBytesPerSecond();
        peerMillisPerByte = 1e3 / model.peerBytesPerSecond();
        linkMillisPerByte = 1e3 / model.linkBytesPerSecond();
        evictionMillisPerByte = model.evictionWeight() * originMillisPerByte;
        fullMemoryMillis = model.fullMemory().toNanos() / 1e6;
        crowdingTolerance = model.crowdingTolerance();
        crowdingMillis = model.crowding().toNanos() / 1e6;
    }

    @Override
    public Cost cost(PlacementRequest request, NodeLoad load, boolean fits, long presentBytes) {
        if (load.freeMemoryBytes() < request.memoryBytes()) {
            return Cost.NO_ROOM;
        }
        double wait = thawMillis * load.runningThaws() / load.cores();
        double memory = memoryMillis(load.memoryShareWith(request.memoryBytes()), request.meanMemoryShare());
        if (!fits) {
            return new Cost(bootMillis, wait, 0, 0, memory);
        }
        long missing = Math.max(0, request.workingSetBytes() - presentBytes);
        double share = linkMillisPerByte * (1.0 + load.runningThaws());
        double fetch = fetchMillis(request, presentBytes, missing, share);
        double eviction = Math.max(0, missing - load.freeCacheBytes()) * evictionMillisPerByte;
        // Having few of the bytes must not look worse than having none that fit: a boot is always possible.
        return thawMillis + fetch + eviction < bootMillis
                ? new Cost(thawMillis, wait, fetch, eviction, memory)
                : new Cost(bootMillis, wait, 0, 0, memory);
    }

    private double memoryMillis(double share, double meanShare) {
        double above = meanShare == 0 ? 0 : Math.max(0, share - meanShare - crowdingTolerance);
        return fullMemoryMillis * share + crowdingMillis * above;
    }

    private double fetchMillis(PlacementRequest request, long presentBytes, long missing, double shareMillisPerByte) {
        if (missing == 0) {
            return 0;
        }
        long fromPeer = Math.min(missing, Math.max(0, request.peerBytes() - presentBytes));
        long fromOrigin = missing - fromPeer;
        double millis = 0;
        if (fromPeer > 0) {
            millis += peerLatencyMillis + fromPeer * Math.max(peerMillisPerByte, shareMillisPerByte);
        }
        if (fromOrigin > 0) {
            millis += originLatencyMillis + fromOrigin * Math.max(originMillisPerByte, shareMillisPerByte);
        }
        return millis;
    }
}
