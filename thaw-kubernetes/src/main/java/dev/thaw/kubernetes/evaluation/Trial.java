package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.evaluation.Workload.Arrival;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/** Plays a workload against a placer, step by step of simulated time, and measures. */
final class Trial {
    private static final double STEP_SECONDS = 1;

    private final Workload workload;
    private final List<ModelNode> nodes;
    private final Placer placer;
    private final double rampSeconds;
    private final PriorityQueue<Arrival> live = new PriorityQueue<>(Comparator.comparingDouble(Arrival::end));
    private final Map<Integer, ModelNode> placeOf = new HashMap<>();
    private final List<Double> latencies = new ArrayList<>();
    private final List<Double> imbalance = new ArrayList<>();
    private final List<Double> podImbalance = new ArrayList<>();
    private final List<Double> podsPerNode = new ArrayList<>();
    private long originBytes;
    private long steadyOriginBytes;
    private int misses;
    private int unplaced;
    private long maxMemoryUsed;

    Trial(Workload workload, List<ModelNode> nodes, Placer placer, double rampSeconds) {
        this.workload = workload;
        this.nodes = nodes;
        this.placer = placer;
        this.rampSeconds = rampSeconds;
    }

    /**
     * What was measured.
     *
     * @param latencyMillis of each start after the ramp, ascending
     * @param imbalance of the memory taken, max ÷ mean over nodes, at each step after the ramp
     */
    @SuppressWarnings("ArrayRecordComponent") // carried, not compared
    record Result(
            int starts,
            int misses,
            int unplaced,
            long originBytes,
            long steadyOriginBytes,
            double[] latencyMillis,
            double[] imbalance,
            double meanPodImbalance,
            double meanPodsPerNode,
            double maxMemoryShare) {
        double meanImbalance() {
            return Arrays.stream(imbalance).average().orElse(0);
        }

        double percentile(double share) {
            int at = (int) Math.ceil(share * latencyMillis.length) - 1;
            return latencyMillis.length == 0 ? 0 : latencyMillis[Math.clamp(at, 0, latencyMillis.length - 1)];
        }

        double meanLatency() {
            return Arrays.stream(latencyMillis).average().orElse(0);
        }
    }

    Result run() {
        int next = 0;
        List<Arrival> all = workload.arrivals();
        for (double time = 0; time < workload.seconds(); time += STEP_SECONDS) {
            Set<ModelNode> changed = new LinkedHashSet<>();
            endUntil(time, changed);
            int end = next;
            while (end < all.size() && all.get(end).start() < time + STEP_SECONDS) {
                end++;
            }
            startAll(all.subList(next, end), changed);
            next = end;
            placer.publish(List.copyOf(changed), time + STEP_SECONDS);
            if (time >= rampSeconds) {
                measureBalance();
            }
        }
        return new Result(
                placeOf.size(),
                misses,
                unplaced,
                originBytes,
                steadyOriginBytes,
                latencies.stream().mapToDouble(Double::doubleValue).sorted().toArray(),
                imbalance.stream().mapToDouble(Double::doubleValue).toArray(),
                mean(podImbalance),
                mean(podsPerNode),
                (double) maxMemoryUsed / nodes.getFirst().size.memoryBytes());
    }

    private void endUntil(double time, Set<ModelNode> changed) {
        List<Arrival> ended = new ArrayList<>();
        while (!live.isEmpty() && live.peek().end() <= time) {
            Arrival arrival = live.poll();
            ModelNode node = placeOf.get(arrival.id());
            if (node != null) {
                node.end(arrival);
                changed.add(node);
                ended.add(arrival);
            }
        }
        placer.end(ended);
    }

    private void startAll(List<Arrival> arrivals, Set<ModelNode> changed) {
        List<ModelNode> places = new ArrayList<>(placer.place(arrivals));
        for (int i = 0; i < arrivals.size(); i++) {
            ModelNode node = places.get(i);
            Arrival arrival = arrivals.get(i);
            if (node == null) {
                unplaced++;
                continue;
            }
            placeOf.put(arrival.id(), node);
            live.add(arrival);
            changed.add(node);
            ModelNode.Start start = node.start(arrival);
            maxMemoryUsed = Math.max(maxMemoryUsed, node.memoryUsed());
            originBytes += start.originBytes();
            if (arrival.start() >= rampSeconds) {
                steadyOriginBytes += start.originBytes();
                misses += start.originBytes() > 0 ? 1 : 0;
                latencies.add(start.latencySeconds() * 1000);
            }
        }
    }

    private void measureBalance() {
        double memory =
                nodes.stream().mapToLong(ModelNode::memoryUsed).average().orElse(1);
        double pods = nodes.stream().mapToInt(ModelNode::pods).average().orElse(1);
        imbalance.add(nodes.stream().mapToLong(ModelNode::memoryUsed).max().orElse(0) / memory);
        podImbalance.add(nodes.stream().mapToInt(ModelNode::pods).max().orElse(0) / pods);
        podsPerNode.add(pods);
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }
}
