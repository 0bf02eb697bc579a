package dev.thaw.kubernetes;

import dev.thaw.kubernetes.extender.ExtenderConfig;
import dev.thaw.kubernetes.extender.PlacementExplanation;
import dev.thaw.kubernetes.extender.PlacementExplanation.NodeScore;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/** {@code thaw explain placement POD}: each node's score for a pod, and why. */
@Command(
        name = "placement",
        mixinStandardHelpOptions = true,
        description = "Each node's score for a pod, and why, from the cluster's present state.",
        footer = {"", "Example:", "  thaw explain placement pyaes-00001-deployment-7d9 --namespace functions"})
public final class ExplainPlacementCommand implements Callable<Integer> {
    @Mixin
    private ClusterAccess cluster = new ClusterAccess();

    @Mixin
    private PolicyOptions policy = new PolicyOptions();

    @Parameters(paramLabel = "POD", description = "The pod's name.")
    private String pod = "";

    @Option(
            names = {"-n", "--namespace"},
            defaultValue = "default",
            description = "Its namespace; default ${DEFAULT-VALUE}.")
    private String namespace = "";

    @Option(names = "--json", description = "One JSON document.")
    private boolean json;

    @Override
    public Integer call() {
        ExtenderConfig config = policy.config(
                new InetSocketAddress(0), Optional.empty(), ExtenderConfig.DEFAULT_MAX_REQUEST_BYTES, false);
        try (KubernetesClient client = cluster.connect()) {
            Pod found = client.pods().inNamespace(namespace).withName(pod).get();
            if (found == null) {
                System.err.printf("there is no pod %s in namespace %s; see kubectl get pods -A%n", pod, namespace);
                return 1;
            }
            PlacementExplanation explanation = PlacementExplanation.of(client, config, found);
            System.out.print(json ? json(explanation) : explanation.table());
            return 0;
        } catch (KubernetesClientException e) {
            System.err.println("the cluster does not answer: " + e.getMessage());
            return 1;
        }
    }

    private static String json(PlacementExplanation explanation) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("namespace", explanation.namespace());
        document.put("pod", explanation.pod());
        explanation.snapshot().ifPresent(snapshot -> document.put("snapshot", snapshot));
        List<Map<String, Object>> nodes =
                explanation.nodes().stream().map(ExplainPlacementCommand::json).toList();
        document.put("nodes", nodes);
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n";
    }

    private static Map<String, Object> json(NodeScore line) {
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("node", line.node());
        node.put("score", line.score());
        node.put("knowledge", line.knowledge());
        // JSON has no infinity: a node without room has no cost.
        if (line.cost().totalMillis() < Double.POSITIVE_INFINITY) {
            node.put("total_ms", line.cost().totalMillis());
            node.put("start_ms", line.cost().startMillis());
            node.put("wait_ms", line.cost().waitMillis());
            node.put("fetch_ms", line.cost().fetchMillis());
            node.put("eviction_ms", line.cost().evictionMillis());
            node.put("memory_ms", line.cost().memoryMillis());
        }
        node.put("reason", line.reason());
        return node;
    }
}
