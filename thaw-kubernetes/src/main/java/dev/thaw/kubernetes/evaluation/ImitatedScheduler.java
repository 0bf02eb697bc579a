package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.evaluation.Workload.Arrival;
import dev.thaw.kubernetes.evaluation.Workload.Function;
import dev.thaw.kubernetes.extender.ExtenderConfig;
import dev.thaw.kubernetes.extender.LocalExtender;
import dev.thaw.kubernetes.publish.NodeState;
import dev.thaw.kubernetes.resource.HeldSnapshots;
import dev.thaw.kubernetes.resource.NodeReport;
import dev.thaw.kubernetes.resource.SnapshotEntry;
import dev.thaw.kubernetes.resource.SnapshotKey;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Imitates kube-scheduler's two signals that tell these nodes apart, LeastAllocated and BalancedAllocation, around the real
 * extender's index and scoring: a run takes seconds, for sweeps. The comparison of policies runs through the real one.
 */
final class ImitatedScheduler implements Placer {
    private final List<ModelNode> nodes;
    private final Contestant contestant;
    private final LocalExtender extender;
    private final Random random;
    private final int lagSteps;
    private final Deque<List<NodeReport>> lagging = new ArrayDeque<>();

    /** Requests of the pods of the present batch, which the model's nodes do not know yet. */
    private final long[] extraMemory;

    private final int[] extraCpuMillis;

    /** Simulated time. */
    private long nowNanos;

    /** @param lagSteps steps by which the extender learns of reports late */
    ImitatedScheduler(List<ModelNode> nodes, Contestant contestant, long seed, int lagSteps) {
        this.nodes = nodes;
        this.contestant = contestant;
        this.random = new Random(seed);
        this.lagSteps = lagSteps;
        this.extraMemory = new long[nodes.size()];
        this.extraCpuMillis = new int[nodes.size()];
        ExtenderConfig config = ExtenderConfig.at(new InetSocketAddress(0));
        extender = new LocalExtender(
                contestant.rule().isEmpty()
                        ? config
                        : config.with(contestant.rule().get(), contestant.costs(), contestant.scale()),
                () -> nowNanos);
        publish(nodes, 0);
        for (int i = 0; i < lagSteps; i++) {
            lagging.add(List.of());
        }
    }

    @Override
    public List<@Nullable ModelNode> place(List<Arrival> arrivals) {
        List<@Nullable ModelNode> places = new ArrayList<>();
        for (Arrival arrival : arrivals) {
            nowNanos = (long) (arrival.start() * 1e9);
            int chosen = choose(arrival);
            if (chosen < 0) {
                places.add(null);
                continue;
            }
            ModelNode node = nodes.get(chosen);
            extraMemory[chosen] += arrival.function().memoryBytes();
            extraCpuMillis[chosen] += arrival.function().cpuMillis();
            extender.index()
                    .podPending(
                            "pod-" + arrival.id(),
                            node.name,
                            NodeStates.identity(arrival.function()),
                            NodeStates.demand(arrival.function()));
            places.add(node);
        }
        for (Arrival arrival : arrivals) {
            extender.index().podSettled("pod-" + arrival.id());
        }
        java.util.Arrays.fill(extraMemory, 0);
        java.util.Arrays.fill(extraCpuMillis, 0);
        return places;
    }

    private int choose(Arrival arrival) {
        Function function = arrival.function();
        List<Integer> feasible = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            if (memoryAfter(i, function) <= nodes.get(i).size.memoryBytes()
                    && cpuAfter(i, function) <= nodes.get(i).size.cores() * 1000) {
                feasible.add(i);
                names.add(nodes.get(i).name);
            }
        }
        int[] opinions = contestant.rule().isEmpty()
                ? new int[names.size()]
                : extender.score(
                        NodeStates.identity(function), "pod-" + arrival.id(), NodeStates.demand(function), names);
        int best = -1;
        long bestScore = -1;
        int ties = 0;
        for (int at = 0; at < feasible.size(); at++) {
            long score = 10L * contestant.extenderWeight() * opinions[at]
                    + (long) contestant.pluginWeight() * schedulerScore(feasible.get(at), function);
            ties = score == bestScore ? ties + 1 : score > bestScore ? 1 : ties;
            if (score > bestScore || (score == bestScore && random.nextInt(ties) == 0)) {
                best = feasible.get(at);
                bestScore = score;
            }
        }
        return best;
    }

    private long memoryAfter(int i, Function function) {
        return nodes.get(i).memoryUsed() + extraMemory[i] + function.memoryBytes();
    }

    private int cpuAfter(int i, Function function) {
        return nodes.get(i).cpuUsedMillis() + extraCpuMillis[i] + function.cpuMillis();
    }

    private int schedulerScore(int i, Function function) {
        ModelNode.Size size = nodes.get(i).size;
        double memory = memoryAfter(i, function) / (double) size.memoryBytes();
        double cpu = cpuAfter(i, function) / (size.cores() * 1000.0);
        int least = ((int) (100 * (1 - memory)) + (int) (100 * (1 - cpu))) / 2;
        return least + (int) (100 * (1 - Math.abs(memory - cpu) / 2));
    }

    @Override
    public void end(List<Arrival> arrivals) {}

    @Override
    public void publish(List<ModelNode> changed, double now) {
        lagging.add(changed.stream().map(node -> report(node, now)).toList());
        if (lagging.size() > lagSteps) {
            lagging.remove().forEach(extender::apply);
        }
    }

    private static NodeReport report(ModelNode node, double now) {
        NodeState state = NodeStates.of(node, now);
        List<SnapshotEntry> entries = state.snapshots().stream()
                .sorted(Comparator.comparingLong(entry -> SnapshotKey.of(entry.id())))
                .toList();
        long[] keys =
                entries.stream().mapToLong(entry -> SnapshotKey.of(entry.id())).toArray();
        long[] sizes =
                entries.stream().mapToLong(SnapshotEntry::workingSetBytes).toArray();
        return new NodeReport(
                node.name,
                Instant.now(),
                state.hostClass(),
                state.load(),
                new HeldSnapshots(keys, sizes, sizes.clone()));
    }

    @Override
    public void close() {}
}
