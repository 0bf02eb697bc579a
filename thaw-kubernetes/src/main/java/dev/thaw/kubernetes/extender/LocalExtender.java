package dev.thaw.kubernetes.extender;

import dev.thaw.kubernetes.resource.NodeReport;
import dev.thaw.node.placement.Demand;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** The extender's index and scoring without its server and watches: for simulations and benchmarks. */
public final class LocalExtender {
    private final SnapshotIndex index;
    private final Decider decider;
    private final Decider.Scratch scratch = new Decider.Scratch();

    /** @param nanoTime the time that decisions go by, simulated or not */
    public LocalExtender(ExtenderConfig config, LongSupplier nanoTime) {
        index = new SnapshotIndex(config.staleAfter(), nanoTime, Instant::now);
        decider = new Decider(index, config);
    }

    public SnapshotIndex index() {
        return index;
    }

    public void apply(NodeReport report) {
        index.apply(report);
    }

    /** Scores in the order of the names. Not for several threads at once. */
    public int[] score(String identity, String uid, Demand demand, List<String> nodes) {
        PodFacts pod = new PodFacts(
                "",
                "",
                uid,
                Map.of(),
                Map.of(),
                null,
                List.of(new PodFacts.ContainerFacts(
                        "function",
                        "",
                        List.of(),
                        List.of(),
                        Map.of(
                                "memory",
                                Long.toString(demand.memoryBytes()),
                                "cpu",
                                Math.round(demand.cores() * 1000) + "m"))));
        scratch.ensureCandidates(nodes.size());
        return index.read(() -> {
            for (int i = 0; i < nodes.size(); i++) {
                scratch.candidates[i] = index.nodes().get(nodes.get(i));
            }
            decider.decide(identity, pod, scratch, nodes.size(), null);
            return java.util.Arrays.copyOf(scratch.scores, nodes.size());
        });
    }
}
