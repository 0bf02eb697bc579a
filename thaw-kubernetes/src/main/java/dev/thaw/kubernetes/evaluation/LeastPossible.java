package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.evaluation.Workload.Arrival;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * What no policy can be better than: each working set is fetched once, by the first start that needs it, on a machine as large
 * as the whole cluster, where nobody waits for a core.
 *
 * @param latencyMillis of each start after the ramp, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // carried, not compared
record LeastPossible(long originBytes, double[] latencyMillis) {

    static LeastPossible of(Workload workload, double rampSeconds) {
        Map<Integer, Double> arrived = new HashMap<>();
        DoubleStream.Builder latencies = DoubleStream.builder();
        long bytes = 0;
        for (Arrival arrival : workload.arrivals()) {
            Double there = arrived.get(arrival.function().id());
            if (there == null) {
                there = arrival.start() + ModelNode.fetchSeconds(arrival.function());
                arrived.put(arrival.function().id(), there);
                bytes += arrival.function().workingSetBytes();
            }
            if (arrival.start() >= rampSeconds) {
                latencies.add(1000 * (Math.max(0, there - arrival.start()) + ModelNode.THAW_SECONDS));
            }
        }
        double[] sorted = latencies.build().toArray();
        Arrays.sort(sorted);
        return new LeastPossible(bytes, sorted);
    }

    double percentile(double share) {
        int at = (int) Math.ceil(share * latencyMillis.length) - 1;
        return latencyMillis.length == 0 ? 0 : latencyMillis[Math.clamp(at, 0, latencyMillis.length - 1)];
    }
}
