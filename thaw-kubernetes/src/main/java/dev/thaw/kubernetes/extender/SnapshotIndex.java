package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import dev.thaw.kubernetes.resource.HeldSnapshots;
import dev.thaw.kubernetes.resource.NodeReport;
import dev.thaw.kubernetes.resource.SnapshotKey;
import dev.thaw.node.placement.Demand;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which node holds what, kept up to date event by event, so that a decision asks nobody.
 *
 * <h2>Design</h2>
 *
 * Per snapshot the holders, per node its load: a decision reads one list of holders and the loads of its candidates. A node's
 * report is compared with its last one and only the difference is applied, in slices, so that no reader waits for a whole one.
 *
 * <p>Pods that are bound and do not run yet count as thaws, and their snapshot as arriving where they are bound, until the node
 * reports: the node's own word comes later than the scheduler's next decision. Even the watch comes later, so a pod is expected
 * on the node that was recommended until it is seen bound. Replicas expect separately; a pod is seen bound by all.
 *
 * <p>A node whose heartbeat has not changed for the stale time is as good as unknown. The first heartbeat seen is judged by
 * its own time, later ones by when they arrived, so that clocks only matter at the start.
 */
public final class SnapshotIndex {
    /** Keys applied under one hold of the write lock: some 50 µs. */
    private static final int SLICE = 512;

    /** Far longer than a binding takes to be seen, short enough not to hold a place for a pod that went elsewhere. */
    private static final Duration EXPECTATION_LIFE = Duration.ofSeconds(3);

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final NameTable nodes = new NameTable();
    private final Map<Long, Holders> holders = new HashMap<>();
    private final Map<Long, Map<Integer, Arrival>> arriving = new HashMap<>();
    private final Map<String, PendingPod> pending = new HashMap<>();

    /** Pods of {@link #pending} that have not been seen bound, with the time of the decision, the oldest first. */
    private final Map<String, Long> expected = new LinkedHashMap<>();

    private final Map<String, Integer> hostClasses = new HashMap<>();
    private final long staleNanos;
    private final LongSupplier nanoTime;
    private final Supplier<Instant> clock;
    private long entries;

    /**
     * A snapshot on its way to a node.
     *
     * @param pods that bring it
     * @param sinceNanos when the first of them was sent there
     */
    record Arrival(int pods, long sinceNanos) {}

    /** Where a pod is going, and with which snapshot. */
    private record PendingPod(String node, long key, Demand demand) {}

    public SnapshotIndex(Duration staleAfter, LongSupplier nanoTime, Supplier<Instant> clock) {
        this.staleNanos = requireNonNull(staleAfter, "staleAfter is null").toNanos();
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Takes a node's report in place of its last one. */
    public synchronized void apply(NodeReport report) {
        NodeSlot slot = locked(() -> {
            NodeSlot obtained = nodes.obtain(report.node());
            obtained.reported = report.load();
            obtained.hostClassName = report.hostClass();
            obtained.hostClass = hostClass(report.hostClass());
            hear(obtained, report.heartbeat());
            settle(obtained);
            obtained.refreshLoad();
            return obtained;
        });
        replace(slot, report.held());
    }

    /** Forgets a node: it is gone, or what it says cannot be understood. */
    public synchronized void forget(String node) {
        NodeSlot slot = nodes.get(node);
        if (slot == null) {
            return;
        }
        replace(slot, HeldSnapshots.NONE);
        locked(() -> {
            slot.reported = null;
            settle(slot);
            slot.refreshLoad();
            removeIfIdle(slot);
            return slot;
        });
    }

    /** A pod is bound to a node and does not run yet. Repeating it changes nothing. */
    public synchronized void podPending(String uid, String node, String identity, Demand demand) {
        place(uid, new PendingPod(node, SnapshotKey.of(identity), demand));
        expected.remove(uid);
    }

    /**
     * A pod will probably be bound to a node: the scheduler asks about the next pod before the watch tells of this one. Forgotten
     * when it is seen bound, wherever that is, or after {@link #EXPECTATION_LIFE}.
     */
    synchronized void podExpected(String uid, String node, String identity, Demand demand) {
        long now = nanoTime.getAsLong();
        forgetExpectations(now);
        PendingPod known = pending.get(uid);
        if (known != null && !expected.containsKey(uid)) {
            return;
        }
        place(uid, new PendingPod(node, SnapshotKey.of(identity), demand));
        // Removed first, so that the map stays in the order of time.
        expected.remove(uid);
        expected.put(uid, now);
    }

    private void forgetExpectations(long now) {
        var oldest = expected.entrySet().iterator();
        while (oldest.hasNext()) {
            var expectation = oldest.next();
            if (now - expectation.getValue() < EXPECTATION_LIFE.toNanos()) {
                return;
            }
            oldest.remove();
            PendingPod pod = pending.remove(expectation.getKey());
            if (pod != null) {
                leave(pod, false);
            }
        }
    }

    private void place(String uid, PendingPod pod) {
        PendingPod before = pending.put(uid, pod);
        if (pod.equals(before)) {
            return;
        }
        if (before != null) {
            leave(before, false);
        }
        long now = nanoTime.getAsLong();
        locked(() -> {
            NodeSlot slot = nodes.obtain(pod.node());
            slot.pendingPods++;
            slot.pendingDemand = slot.pendingDemand.plus(pod.demand());
            arriving.computeIfAbsent(pod.key(), absent -> new HashMap<>())
                    .merge(
                            slot.id,
                            new Arrival(1, now),
                            (known, one) -> new Arrival(known.pods() + 1, known.sinceNanos()));
            slot.refreshLoad();
            return slot;
        });
    }

    /** A pod runs, or has ended. What it brought stays counted until its node reports. */
    public synchronized void podSettled(String uid) {
        expected.remove(uid);
        PendingPod pod = pending.remove(uid);
        if (pod != null) {
            leave(pod, true);
        }
    }

    /** @param arrived whether the pod came to run there */
    private void leave(PendingPod pod, boolean arrived) {
        NodeSlot slot = nodes.get(pod.node());
        if (slot == null) {
            return;
        }
        locked(() -> {
            slot.pendingPods--;
            slot.pendingDemand = slot.pendingPods == 0 ? Demand.NONE : slot.pendingDemand.minus(pod.demand());
            if (arrived && slot.reported != null) {
                slot.settledDemand = slot.settledDemand.plus(pod.demand());
                slot.arrived.merge(pod.key(), 1, Integer::sum);
            } else {
                subtractArriving(pod.key(), slot.id, 1);
            }
            slot.refreshLoad();
            removeIfIdle(slot);
            return slot;
        });
    }

    private void subtractArriving(long key, int node, int count) {
        arriving.computeIfPresent(key, (same, byNode) -> {
            byNode.computeIfPresent(
                    node,
                    (id, known) ->
                            known.pods() <= count ? null : new Arrival(known.pods() - count, known.sinceNanos()));
            return byNode.isEmpty() ? null : byNode;
        });
    }

    /** The node has reported since: it speaks for itself about what has arrived. */
    private void settle(NodeSlot slot) {
        slot.arrived.forEach((key, count) -> subtractArriving(key, slot.id, count));
        slot.arrived.clear();
        slot.settledDemand = Demand.NONE;
    }

    private void removeIfIdle(NodeSlot slot) {
        if (slot.idle()) {
            nodes.remove(slot);
        }
    }

    /** Numbers a host class. A node that invents a new one with each report makes the numbers begin anew now and then. */
    private int hostClass(String name) {
        if (hostClasses.size() > 2 * nodes.size() + 64) {
            hostClasses.clear();
            for (NodeSlot slot : nodes.all()) {
                slot.hostClass = number(slot.hostClassName);
            }
        }
        return number(name);
    }

    private int number(String hostClass) {
        Integer known = hostClasses.putIfAbsent(hostClass, hostClasses.size());
        return known == null ? hostClasses.size() - 1 : known;
    }

    private void hear(NodeSlot slot, Instant heartbeat) {
        if (heartbeat.equals(slot.heartbeat)) {
            return;
        }
        long now = nanoTime.getAsLong();
        boolean first = slot.heartbeat.equals(Instant.MIN);
        boolean old = first && heartbeat.isBefore(clock.get().minusNanos(staleNanos));
        slot.heardNanos = old ? now - staleNanos - 1 : now;
        slot.heartbeat = heartbeat;
    }

    private void replace(NodeSlot slot, HeldSnapshots held) {
        long[] before = slot.keys;
        // Both are ascending: what only the old report has goes first, for what is gone must not attract pods.
        int[] at = {0, 0};
        while (at[0] < before.length) {
            locked(() -> {
                int end = Math.min(before.length, at[0] + SLICE);
                for (; at[0] < end; at[0]++) {
                    long key = before[at[0]];
                    while (at[1] < held.size() && held.keys()[at[1]] < key) {
                        at[1]++;
                    }
                    if (at[1] == held.size() || held.keys()[at[1]] != key) {
                        remove(slot, key);
                    }
                }
                return slot;
            });
        }
        for (int[] next = {0}; next[0] < held.size(); ) {
            locked(() -> {
                int end = Math.min(held.size(), next[0] + SLICE);
                for (; next[0] < end; next[0]++) {
                    put(slot, held, next[0]);
                }
                return slot;
            });
        }
        locked(() -> {
            entries += held.size() - before.length;
            slot.keys = held.keys();
            return slot;
        });
    }

    private void put(NodeSlot slot, HeldSnapshots held, int i) {
        holders.computeIfAbsent(held.keys()[i], absent -> new Holders())
                .put(slot.id, held.presentBytes()[i], held.workingSetBytes()[i]);
    }

    private void remove(NodeSlot slot, long key) {
        Holders of = holders.get(key);
        if (of != null && !of.remove(slot.id)) {
            holders.remove(key);
        }
    }

    private <T> T locked(Supplier<T> change) {
        lock.writeLock().lock();
        try {
            return change.get();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Runs a decision on a state that does not change meanwhile. */
    <T> T read(Supplier<T> decision) {
        lock.readLock().lock();
        try {
            return decision.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    // What follows is for use within read().

    NameTable nodes() {
        return nodes;
    }

    @Nullable
    Holders holders(long key) {
        return holders.get(key);
    }

    Map<Integer, Arrival> arriving(long key) {
        return arriving.getOrDefault(key, Map.of());
    }

    /** Whether what the node last said can be relied on. */
    boolean fresh(NodeSlot slot, long nowNanos) {
        return slot.load != null && nowNanos - slot.heardNanos <= staleNanos;
    }

    long nanoTime() {
        return nanoTime.getAsLong();
    }

    int hostClassCount() {
        return hostClasses.size();
    }

    /** Whether a node's last report has the snapshot. */
    public boolean holds(String node, String identity) {
        return read(() -> {
            NodeSlot slot = nodes.get(node);
            return slot != null && Arrays.binarySearch(slot.keys, SnapshotKey.of(identity)) >= 0;
        });
    }

    /** The heartbeat that a node last reported; {@link Instant#MIN} where it never did. */
    public Instant heartbeat(String node) {
        return read(() -> {
            NodeSlot slot = nodes.get(node);
            return slot == null ? Instant.MIN : slot.heartbeat;
        });
    }

    /** Sizes, for metrics. */
    public Counts counts() {
        return read(() -> {
            int fresh = 0;
            int stale = 0;
            long now = nanoTime();
            for (NodeSlot slot : nodes.all()) {
                if (slot.reported != null) {
                    if (fresh(slot, now)) {
                        fresh++;
                    } else {
                        stale++;
                    }
                }
            }
            return new Counts(fresh, stale, holders.size(), entries, pending.size());
        });
    }

    /**
     * @param freshNodes nodes whose report can be relied on
     * @param staleNodes nodes whose heartbeats have stopped
     * @param snapshots snapshots that some node holds
     * @param entries pairs of a snapshot and a node that holds it
     * @param pendingPods pods that are bound and do not run yet
     */
    public record Counts(int freshNodes, int staleNodes, int snapshots, long entries, int pendingPods) {}
}
