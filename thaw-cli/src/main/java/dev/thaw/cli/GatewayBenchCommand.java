package dev.thaw.cli;

import dev.thaw.cli.bench.gateway.GatewayBench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "gateway",
        description = {
            "Measure what the gateway adds in front of a server that does nothing.",
            "The server is nginx, the load wrk. With --queue-proxy, Knative's sidecar takes its turn in front of the same server;"
                    + " thaw-cli/benchmark/queue-proxy builds it."
        },
        footer = {"", "Example:", "  thaw bench gateway --queue-proxy ~/.cache/thaw/queue-proxy/queue --json"})
final class GatewayBenchCommand implements Runnable {
    private static final List<String> PROGRAMS = List.of("nginx", "wrk");

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Of each case; figures are their medians. Default: ${DEFAULT-VALUE}.",
            defaultValue = "5")
    private int rounds;

    @Option(
            names = "--time",
            paramLabel = "DURATION",
            description = "Of each round. Default: ${DEFAULT-VALUE}.",
            defaultValue = "5s",
            converter = Converters.Time.class)
    private java.time.Duration time = java.time.Duration.ZERO;

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Of the cases with many. Default: ${DEFAULT-VALUE}.",
            defaultValue = "32")
    private int connections;

    @Option(names = "--queue-proxy", paramLabel = "FILE", description = "The program to compare with.")
    private @Nullable Path queueProxy;

    @Override
    public void run() {
        if (queueProxy != null && !Files.isExecutable(queueProxy)) {
            throw new IllegalArgumentException(
                    queueProxy + " is no program. thaw-cli/benchmark/queue-proxy builds it.");
        }
        requirePrograms();
        GatewayBench.Plan plan = new GatewayBench.Plan(rounds, time, connections, Optional.ofNullable(queueProxy));
        List<GatewayBench.Case> cases;
        try {
            Path folder = Files.createTempDirectory("thaw-bench-");
            try {
                cases = new GatewayBench(folder, output::say).run(plan);
            } finally {
                HostFiles.delete(folder);
            }
        } catch (IOException e) {
            throw new CommandFailure("The benchmark was broken off: " + e.getMessage(), e);
        }
        print(cases);
        if (cases.stream().anyMatch(GatewayBench.Case::errors)) {
            throw new CommandFailure("Some requests failed.");
        }
    }

    private static void requirePrograms() {
        for (String program : PROGRAMS) {
            if (!HostFiles.hasProgram(program)) {
                throw new CommandFailure(
                        program + " is missing. Install it: apt-get install --no-install-recommends nginx-light wrk");
            }
        }
    }

    private void print(List<GatewayBench.Case> cases) {
        if (output.json()) {
            ObjectNode document = JsonMapper.shared().createObjectNode();
            ArrayNode list = document.putArray("cases");
            for (GatewayBench.Case one : cases) {
                ObjectNode node = list.addObject();
                node.put("way", one.way());
                node.put("connections", one.connections());
                node.put("requests_per_second", one.requestsPerSecond());
                node.put("p50_ms", one.p50Ms());
                node.put("p99_ms", one.p99Ms());
                node.put("cpu_us", one.cpuMicros());
                node.put("errors", one.errors());
            }
            output.print(document);
            return;
        }
        Table table = new Table("WAY", "CONNECTIONS", "REQUESTS/S", "P50 MS", "P99 MS", "CPU US A REQUEST");
        cases.forEach(one -> table.row(
                one.way(),
                one.connections(),
                Math.round(one.requestsPerSecond()),
                "%.3f".formatted(one.p50Ms()),
                "%.3f".formatted(one.p99Ms()),
                "%.0f".formatted(one.cpuMicros())));
        output.print(table);
    }
}
