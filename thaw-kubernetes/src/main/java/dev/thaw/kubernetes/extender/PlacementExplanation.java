package dev.thaw.kubernetes.extender;

import dev.thaw.kubernetes.resource.NodeReportReader;
import dev.thaw.node.placement.Cost;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Why the nodes score as they do for a pod: the same computation as the extender's, from the cluster's present state.
 *
 * @param snapshot the pod's snapshot, or empty for a pod that is none of ours
 * @param nodes best first
 */
public record PlacementExplanation(String namespace, String pod, Optional<String> snapshot, List<NodeScore> nodes) {
    /**
     * @param knowledge what the score rests on: fresh, stale or unknown reports
     * @param reason for people, where the parts of the cost do not say all
     */
    public record NodeScore(String node, int score, String knowledge, Cost cost, String reason) {}

    /** Lists reports, nodes and pods once, and scores every node for the pod. */
    public static PlacementExplanation of(KubernetesClient client, ExtenderConfig config, Pod pod) {
        PodFacts facts = PodFacts.of(pod);
        Optional<String> snapshot = config.identity().of(facts);
        if (snapshot.isEmpty()) {
            return new PlacementExplanation(facts.namespace(), facts.name(), snapshot, List.of());
        }
        SnapshotIndex index = new SnapshotIndex(config.staleAfter(), System::nanoTime, Instant::now);
        List<BadReport> bad = fill(index, client);
        List<String> names = client.nodes().list().getItems().stream()
                .map(HasMetadata::getMetadata)
                .map(metadata -> metadata.getName())
                .toList();
        Decider decider = new Decider(index, config);
        return new PlacementExplanation(
                facts.namespace(), facts.name(), snapshot, score(index, decider, snapshot.get(), facts, names, bad));
    }

    private record BadReport(String node, String reason) {}

    private static List<BadReport> fill(SnapshotIndex index, KubernetesClient client) {
        List<BadReport> bad = new ArrayList<>();
        for (GenericKubernetesResource report :
                client.genericKubernetesResources(ClusterFeed.REPORTS).list().getItems()) {
            try {
                index.apply(NodeReportReader.read(report));
            } catch (IllegalArgumentException e) {
                bad.add(new BadReport(report.getMetadata().getName(), "bad report: " + e.getMessage()));
            }
        }
        return bad;
    }

    private static List<NodeScore> score(
            SnapshotIndex index,
            Decider decider,
            String snapshot,
            PodFacts pod,
            List<String> names,
            List<BadReport> bad) {
        Decider.Scratch scratch = new Decider.Scratch();
        scratch.ensureCandidates(names.size());
        List<NodeScore> scores = new ArrayList<>();
        index.read(() -> {
            for (int i = 0; i < names.size(); i++) {
                scratch.candidates[i] = index.nodes().get(names.get(i));
            }
            decider.decide(
                    snapshot,
                    pod,
                    scratch,
                    names.size(),
                    (candidate, slot, known, cost) -> scores.add(new NodeScore(
                            names.get(candidate),
                            candidate,
                            known.name().toLowerCase(java.util.Locale.ROOT),
                            cost,
                            reason(names.get(candidate), known, cost, bad))));
            return scores;
        });
        // The scores are known only after all costs are: until here each line carries its candidate's number.
        return scores.stream()
                .map(line -> new NodeScore(
                        line.node(), scratch.scores[line.score()], line.knowledge(), line.cost(), line.reason()))
                .sorted(Comparator.comparingInt(NodeScore::score).reversed().thenComparing(NodeScore::node))
                .toList();
    }

    private static String reason(String node, Decider.Known known, Cost cost, List<BadReport> bad) {
        Optional<BadReport> complaint =
                bad.stream().filter(report -> report.node().equals(node)).findFirst();
        if (complaint.isPresent()) {
            return complaint.get().reason();
        }
        return switch (known) {
            case UNKNOWN -> "never reported; taken for the costliest known node";
            case STALE -> "its heartbeats have stopped; taken for the costliest known node";
            case FRESH ->
                cost.equals(Cost.NO_ROOM)
                        ? "no room for the pod's memory"
                        : cost.fetchMillis() == 0 ? "" : "bytes are missing";
        };
    }

    /** A line a node, for people. */
    public String table() {
        if (snapshot.isEmpty()) {
            return "pod " + namespace + "/" + pod
                    + " is none of Thaw's: it has neither the runtime class nor a Knative revision\n";
        }
        StringBuilder table = new StringBuilder("snapshot " + snapshot.get() + "\n");
        table.append("%-40s %5s %9s %9s %9s %9s %9s %9s %9s %9s  %s%n"
                .formatted(
                        "NODE", "SCORE", "TOTAL", "START", "WAIT", "FETCH", "LENGTH", "ORIGIN", "EVICT", "MEMORY",
                        "WHY"));
        for (NodeScore line : nodes) {
            Cost cost = line.cost();
            table.append("%-40s %5d %9s %9s %9s %9s %9s %9s %9s %9s  %s%n"
                    .formatted(
                            line.node(),
                            line.score(),
                            millis(cost.totalMillis()),
                            millis(cost.startMillis()),
                            millis(cost.waitMillis()),
                            millis(cost.fetchMillis()),
                            millis(cost.impatienceMillis()),
                            millis(cost.originMillis()),
                            millis(cost.evictionMillis()),
                            millis(cost.memoryMillis()),
                            line.reason()));
        }
        return table.toString();
    }

    private static String millis(double millis) {
        return millis == Double.POSITIVE_INFINITY ? "-" : "%.0f ms".formatted(millis);
    }
}
