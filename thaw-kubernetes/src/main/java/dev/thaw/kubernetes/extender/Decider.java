package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import dev.thaw.kubernetes.resource.SnapshotKey;
import dev.thaw.node.placement.Cost;
import dev.thaw.node.placement.PlacementPolicy;
import dev.thaw.node.placement.PlacementRequest;
import dev.thaw.node.placement.ScoreScale;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Scores candidates from the index. One decision reads the holders of one snapshot and a load per candidate; it allocates
 * nothing per candidate and takes microseconds for a thousand.
 */
final class Decider {
    private final SnapshotIndex index;
    private final PlacementPolicy policy;
    private final ScoreScale scale;
    private final boolean peers;
    private final long assumedWorkingSetBytes;
    private final double arrivingBytesPerNano;

    Decider(SnapshotIndex index, ExtenderConfig config) {
        this.index = requireNonNull(index, "index is null");
        policy = config.policy();
        scale = config.scale();
        peers = config.peers();
        assumedWorkingSetBytes = config.costs().assumedWorkingSetBytes();
        arrivingBytesPerNano = config.costs().originBytesPerSecond() / 1e9;
    }

    /**
     * What a decision needs of memory, to be used again. Candidates are slots, or null for a node that never reported.
     */
    static final class Scratch {
        @Nullable
        NodeSlot[] candidates = new @Nullable NodeSlot[128];

        double[] millis = new double[128];
        int[] scores = new int[128];

        /** By node id: bytes of the working set that the node misses, or -1 where it holds nothing of the snapshot. */
        private long[] missing = new long[128];

        /** By node id: those of the missing bytes that are on their way there. */
        private long[] arriving = new long[128];

        private boolean[] fits = new boolean[4];

        void ensureCandidates(int count) {
            if (count > candidates.length) {
                candidates = Arrays.copyOf(candidates, count * 2);
                millis = new double[count * 2];
                scores = new int[count * 2];
            }
        }

        private void prepare(int nodes, int hostClasses) {
            if (nodes > missing.length) {
                missing = new long[nodes * 2];
                arriving = new long[nodes * 2];
            }
            Arrays.fill(missing, 0, nodes, -1);
            Arrays.fill(arriving, 0, nodes, 0);
            if (hostClasses > fits.length) {
                fits = new boolean[hostClasses * 2];
            }
            Arrays.fill(fits, false);
        }
    }

    /** Told of each candidate's cost, for those who want to know why. */
    interface Listener {
        /** @param slot null for a node that never reported */
        void candidate(int candidate, @Nullable NodeSlot slot, Known known, Cost cost);
    }

    enum Known {
        FRESH,
        STALE,
        UNKNOWN
    }

    /**
     * Scores the first {@code count} candidates into {@code scratch.scores}. To be called within {@link SnapshotIndex#read}.
     *
     * @param identity the pod's snapshot
     */
    void decide(String identity, PodFacts pod, Scratch scratch, int count, @Nullable Listener listener) {
        long key = SnapshotKey.of(identity);
        long now = index.nanoTime();
        PlacementRequest request =
                prepare(key, pod, scratch, now).withMeanMemoryShare(meanMemoryShare(scratch, count, now));
        long workingSet = request.workingSetBytes();
        double worst = 0;
        for (int i = 0; i < count; i++) {
            NodeSlot slot = scratch.candidates[i];
            if (slot == null || slot.load == null || !index.fresh(slot, now)) {
                scratch.millis[i] = Double.NaN;
                continue;
            }
            long missing = scratch.missing[slot.id];
            long present = missing < 0 ? 0 : Math.max(0, workingSet - missing);
            Cost cost =
                    policy.cost(request, slot.load, scratch.fits[slot.hostClass], present, scratch.arriving[slot.id]);
            double millis = cost.totalMillis();
            scratch.millis[i] = millis;
            if (millis < Double.POSITIVE_INFINITY) {
                worst = Math.max(worst, millis);
            }
            if (listener != null) {
                listener.candidate(i, slot, Known.FRESH, cost);
            }
        }
        // A node that says nothing must not look better than any that does, nor so bad that nothing ever starts there.
        for (int i = 0; i < count; i++) {
            if (Double.isNaN(scratch.millis[i])) {
                scratch.millis[i] = worst;
                if (listener != null) {
                    NodeSlot slot = scratch.candidates[i];
                    Known known = slot == null || slot.reported == null ? Known.UNKNOWN : Known.STALE;
                    listener.candidate(i, slot, known, new Cost(worst, 0, 0, 0, 0, 0, 0));
                }
            }
        }
        scale.scores(scratch.millis, count, scratch.scores);
    }

    private double meanMemoryShare(Scratch scratch, int count, long now) {
        double sum = 0;
        int fresh = 0;
        for (int i = 0; i < count; i++) {
            NodeSlot slot = scratch.candidates[i];
            if (slot != null && slot.load != null && index.fresh(slot, now)) {
                sum += slot.load.memoryShare();
                fresh++;
            }
        }
        return fresh == 0 ? 0 : Math.min(1, sum / fresh);
    }

    private PlacementRequest prepare(long key, PodFacts pod, Scratch scratch, long now) {
        scratch.prepare(index.nodes().bound(), index.hostClassCount());
        Holders holders = index.holders(key);
        long workingSet = 0;
        long best = 0;
        if (holders != null) {
            workingSet = holders.workingSetBytes();
            for (int i = 0; i < holders.count(); i++) {
                long missing = holders.missingBytes(i);
                scratch.missing[holders.node(i)] = missing;
                best = Math.max(best, workingSet - missing);
            }
            markFits(holders, scratch);
        }
        Map<Integer, SnapshotIndex.Arrival> arriving = index.arriving(key);
        if (holders == null && !arriving.isEmpty()) {
            workingSet = assumedWorkingSetBytes;
        }
        for (var arrival : arriving.entrySet()) {
            arrive(arrival.getKey(), arrival.getValue(), workingSet, scratch, now);
        }
        return new PlacementRequest(pod.uid(), pod.demand(), workingSet, peers ? Math.max(0, best) : 0);
    }

    /** What the first start fetches, the next one waits for; some of it has come since. */
    private void arrive(int node, SnapshotIndex.Arrival arrival, long workingSet, Scratch scratch, long now) {
        long lacking = scratch.missing[node] < 0 ? workingSet : scratch.missing[node];
        long come = (long) Math.min(lacking, Math.max(0, now - arrival.sinceNanos()) * arrivingBytesPerNano);
        scratch.missing[node] = lacking - come;
        scratch.arriving[node] = lacking - come;
        NodeSlot slot = index.nodes().slot(node);
        if (slot != null && slot.reported != null) {
            scratch.fits[slot.hostClass] = true;
        }
    }

    private void markFits(Holders holders, Scratch scratch) {
        for (int i = 0; i < holders.count(); i++) {
            NodeSlot slot = index.nodes().slot(holders.node(i));
            if (slot != null && slot.hostClass >= 0) {
                scratch.fits[slot.hostClass] = true;
            }
        }
    }
}
