package dev.thaw.kubernetes.extender;

import dev.thaw.kubernetes.resource.NodeReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The extender's index and scoring without its server and watches: for simulations and benchmarks. */
public final class LocalExtender {
    private final SnapshotIndex index;
    private final Decider decider;
    private final Decider.Scratch scratch = new Decider.Scratch();

    public LocalExtender(ExtenderConfig config) {
        index = new SnapshotIndex(config.staleAfter(), System::nanoTime, Instant::now);
        decider = new Decider(index, config.policy(), config.scale(), config.peers());
    }

    public SnapshotIndex index() {
        return index;
    }

    public void apply(NodeReport report) {
        index.apply(report);
    }

    /** Scores in the order of the names. Not for several threads at once. */
    public int[] score(String identity, String uid, long memoryBytes, List<String> nodes) {
        PodFacts pod = new PodFacts(
                "",
                "",
                uid,
                Map.of(),
                Map.of(),
                null,
                List.of(new PodFacts.ContainerFacts(
                        "function", "", List.of(), List.of(), Map.of("memory", Long.toString(memoryBytes)))));
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
