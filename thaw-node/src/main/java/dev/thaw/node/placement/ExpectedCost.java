package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

/**
 * Thaw's own policy: the time from the decision to a running instance, plus what the decision costs others.
 *
 * <h2>Terms</h2>
 *
 * <ul>
 *   <li>work: a thaw, or a boot where no snapshot fits or the bytes would take longer than a boot;
 *   <li>wait: the thaws of a node share the cores that instances leave them, so with more thaws than cores each takes
 *       {@code thaws ÷ cores} times as long;
 *   <li>fetch: the missing bytes of the working set at the rate of their source, or at this thaw's share of the node's link
 *       where that is less;
 *   <li>impatience: a start of twice the length is more than twice as bad, so that the few long ones count, which people notice;
 *   <li>origin: every byte from the origin is a byte that others there wait for; one that arrives already for another start is
 *       waited for, but not fetched again;
 *   <li>eviction: bytes that do not fit into the cache push out bytes that a later thaw will want;
 *   <li>memory: rises with the share taken, for placements that nothing else balances; and steeply where a node lies above
 *       the mean by more than the tolerance and is more than half full, or whatever the floor is. Below it a node's load costs
 *       nothing, so that bytes are not traded for differences that do not matter.
 * </ul>
 *
 * A holder therefore loses against an idle node exactly when its queue costs more than the bytes it saves.
 */
public final class ExpectedCost implements PlacementPolicy {
    private final double thawMillis;
    private final double bootMillis;
    private final double leastCores;
    private final double originLatencyMillis;
    private final double peerLatencyMillis;
    private final double originMillisPerByte;
    private final double peerMillisPerByte;
    private final double linkMillisPerByte;
    private final double originPricePerByte;
    private final double evictionMillisPerByte;
    private final double patienceMillis;
    private final double fullMemoryMillis;
    private final double crowdingFloor;
    private final double crowdingTolerance;
    private final double crowdingMillis;

    public ExpectedCost(CostModel model) {
        requireNonNull(model, "model is null");
        thawMillis = model.thaw().toNanos() / 1e6;
        bootMillis = model.boot().toNanos() / 1e6;
        leastCores = model.leastCores();
        originLatencyMillis = model.originLatency().toNanos() / 1e6;
        peerLatencyMillis = model.peerLatency().toNanos() / 1e6;
        originMillisPerByte = 1e3 / model.originBytesPerSecond();
        peerMillisPerByte = 1e3 / model.peerBytesPerSecond();
        linkMillisPerByte = 1e3 / model.linkBytesPerSecond();
        originPricePerByte = model.originWeight() * originMillisPerByte;
        evictionMillisPerByte = model.evictionWeight() * (1 + model.originWeight()) * originMillisPerByte;
        patienceMillis = model.patience().toNanos() / 1e6;
        fullMemoryMillis = model.fullMemory().toNanos() / 1e6;
        crowdingFloor = model.crowdingFloor();
        crowdingTolerance = model.crowdingTolerance();
        crowdingMillis = model.crowding().toNanos() / 1e6;
    }

    @Override
    public Cost cost(PlacementRequest request, NodeLoad load, boolean fits, long presentBytes, long arrivingBytes) {
        if (load.freeMemoryBytes() < request.memoryBytes()) {
            return Cost.NO_ROOM;
        }
        double slowdown = Math.max(0, (load.runningThaws() + 1.0) / coresFor(request, load) - 1);
        double memory = memoryMillis(load.memoryShareWith(request.memoryBytes()), request.meanMemoryShare());
        long missing = Math.max(0, request.workingSetBytes() - presentBytes);
        long unfetched = Math.max(0, missing - arrivingBytes);
        long fromPeer = Math.min(missing, Math.max(0, request.peerBytes() - presentBytes));
        double share = linkMillisPerByte * (1.0 + load.runningThaws());
        double fetch = fetchMillis(fromPeer, missing - fromPeer, share);
        double origin = Math.max(0, unfetched - fromPeer) * originPricePerByte;
        double eviction = Math.max(0, unfetched - load.freeCacheBytes()) * evictionMillisPerByte;
        // Having few of the bytes must not look worse than having none that fit: a boot is always possible.
        boolean thaws = fits
                && felt(thawMillis * (1 + slowdown) + fetch) + origin + eviction < felt(bootMillis * (1 + slowdown));
        double start = thaws ? thawMillis : bootMillis;
        double latency = start * (1 + slowdown) + (thaws ? fetch : 0);
        // One place where it is made, so that the compiler need not make it.
        return new Cost(
                start,
                start * slowdown,
                thaws ? fetch : 0,
                felt(latency) - latency,
                thaws ? origin : 0,
                thaws ? eviction : 0,
                memory);
    }

    /** How long a wait seems. */
    private double felt(double millis) {
        return millis + millis * millis / patienceMillis;
    }

    /** The instance takes its share of the processor from its start. */
    private double coresFor(PlacementRequest request, NodeLoad load) {
        return Math.max(leastCores, load.cores() - request.demand().cores());
    }

    private double memoryMillis(double share, double meanShare) {
        double bearable = Math.max(crowdingFloor, meanShare + crowdingTolerance);
        double above = meanShare == 0 ? 0 : Math.max(0, share - bearable);
        return fullMemoryMillis * share + crowdingMillis * above;
    }

    private double fetchMillis(long fromPeer, long fromOrigin, double shareMillisPerByte) {
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
