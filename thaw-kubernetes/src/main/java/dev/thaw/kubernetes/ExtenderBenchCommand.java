package dev.thaw.kubernetes;

import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import dev.thaw.kubernetes.cluster.ControlPlaneException;
import dev.thaw.kubernetes.evaluation.InformerBench;
import dev.thaw.kubernetes.extender.ExtenderBench;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code thaw bench extender}: decisions a second over HTTP from a filled index. */
@Command(
        name = "extender",
        mixinStandardHelpOptions = true,
        description = "Decisions a second over HTTP, one client that waits for each answer.",
        footer = {"", "Example, client and server on one core:", "  taskset -c 0 thaw bench extender --json"})
public final class ExtenderBenchCommand implements Callable<Integer> {
    @Option(names = "--nodes", defaultValue = "1000", description = "Default ${DEFAULT-VALUE}.")
    private int nodes;

    @Option(names = "--snapshots", defaultValue = "10000", description = "Default ${DEFAULT-VALUE}.")
    private int snapshots;

    @Option(
            names = "--share",
            defaultValue = "0.1",
            description = "Of the snapshots that each node holds; default ${DEFAULT-VALUE}.")
    private double share;

    @Option(
            names = "--time",
            defaultValue = "10s",
            converter = DurationText.class,
            description = "Measured, after as long to warm up; default ${DEFAULT-VALUE}.")
    private Duration time = Duration.ZERO;

    @Option(
            names = "--client-core",
            defaultValue = "-1",
            description = "Bind the client to this core, with taskset; by default it runs anywhere.")
    private int clientCore;

    @Option(
            names = "--from-api-server",
            description =
                    "Measure instead how long an extender takes to learn all nodes' reports from a real API server.")
    private boolean fromApiServer;

    @Option(names = "--json", description = "One JSON document.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (!fromApiServer) {
            print(decisions());
            return 0;
        }
        try {
            Optional<ControlPlaneBinaries> binaries = ControlPlaneBinaries.findOrBuild(System.getenv());
            if (binaries.isEmpty()) {
                System.err.println("neither KUBEBUILDER_ASSETS nor Go is here; install Go to have the programs built");
                return 1;
            }
            print(start(InformerBench.run(binaries.get(), nodes, (int) (snapshots * share))));
            return 0;
        } catch (ControlPlaneException e) {
            System.err.println(e.getMessage());
            return 1;
        }
    }

    private static Map<String, Object> start(InformerBench.Result result) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("objects", result.objects());
        figures.put("snapshots_each", result.snapshotsEach());
        figures.put("entries", result.entries());
        figures.put("publish_ms", result.publishSeconds() * 1000);
        figures.put("ready_ms", result.readySeconds() * 1000);
        return figures;
    }

    private Map<String, Object> decisions() throws IOException {
        ExtenderBench.Result result = ExtenderBench.run(
                new ExtenderBench.Size(nodes, snapshots, share),
                time,
                clientCore < 0 ? OptionalInt.empty() : OptionalInt.of(clientCore));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("nodes", nodes);
        figures.put("snapshots", snapshots);
        figures.put("entries", result.entries());
        figures.put("fill_ms", result.fillSeconds() * 1000);
        figures.put("index_bytes", result.indexBytes());
        figures.put("request_bytes", result.requestBytes());
        figures.put("decisions_per_second", result.perSecond());
        figures.put("decision_p50_ms", result.p50Micros() / 1000);
        figures.put("decision_p99_ms", result.p99Micros() / 1000);
        figures.put("decision_cpu_ms", result.cpuMicros() / 1000);
        figures.put("decision_cpu_p99_ms", result.cpuP99Micros() / 1000);
        figures.put("decisions_per_core_second", 1e6 / result.cpuMicros());
        return figures;
    }

    private void print(Map<String, Object> figures) {
        if (json) {
            System.out.println(JsonMapper.shared().writeValueAsString(figures));
        } else {
            figures.forEach((name, value) -> System.out.printf("%-22s %s%n", name, value));
        }
    }
}
