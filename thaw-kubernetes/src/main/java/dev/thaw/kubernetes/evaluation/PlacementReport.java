package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/** The evaluation's figures, as tables, plots and data. */
public final class PlacementReport {
    private static final String PROSE = "placement-model.md";
    private static final int SEEDS = 8;

    private final PlacementEvaluation.Setup setup;
    private final int arrivals;
    private final Map<Contestant, Trial.Result> results;
    private final LeastPossible least;
    private final List<Sensitivity.Line> sweeps;

    private PlacementReport(
            PlacementEvaluation.Setup setup,
            int arrivals,
            Map<Contestant, Trial.Result> results,
            LeastPossible least,
            List<Sensitivity.Line> sweeps) {
        this.setup = setup;
        this.arrivals = arrivals;
        this.results = results;
        this.least = least;
        this.sweeps = sweeps;
    }

    /** Runs everything; takes minutes. */
    public static PlacementReport run(
            PlacementEvaluation.Setup setup, ControlPlaneBinaries binaries, Consumer<String> progress)
            throws IOException {
        PlacementEvaluation evaluation = new PlacementEvaluation(setup, progress);
        Path folder = Files.createTempDirectory("thaw-placement");
        try {
            Map<Contestant, Trial.Result> results = evaluation.real(binaries, folder, Contestant.ALL);
            return new PlacementReport(
                    setup,
                    evaluation.arrivals(),
                    results,
                    LeastPossible.of(evaluation.workload(), setup.rampSeconds()),
                    Sensitivity.of(setup, SEEDS));
        } finally {
            Files.deleteIfExists(folder);
        }
    }

    /** Writes {@code placement.md}, its plots and {@code placement.json} into the folder. */
    public void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Map<String, double[]> latencies = new LinkedHashMap<>();
        Map<String, double[]> imbalances = new LinkedHashMap<>();
        results.forEach((contestant, result) -> {
            latencies.put(contestant.name(), result.latencyMillis());
            imbalances.put(contestant.name(), result.imbalance());
        });
        Files.writeString(
                folder.resolve("placement-latency.svg"),
                SvgPlot.tail("Modelled start latency, ms", latencies),
                StandardCharsets.UTF_8);
        Files.writeString(
                folder.resolve("placement-imbalance.svg"),
                SvgPlot.lines("Memory taken, max ÷ mean over nodes, by second", imbalances),
                StandardCharsets.UTF_8);
        Files.writeString(folder.resolve("placement.json"), json() + "\n", StandardCharsets.UTF_8);
        Files.writeString(folder.resolve("placement.md"), markdown(), StandardCharsets.UTF_8);
    }

    /** The figures as one JSON document. */
    public String json() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("seed", setup.seed());
        document.put("nodes", setup.nodes());
        document.put("cache_bytes", setup.cacheBytes());
        document.put("arrivals", arrivals);
        List<Map<String, Object>> policies = new ArrayList<>();
        results.forEach((contestant, result) -> policies.add(json(contestant.name(), "", result)));
        document.put("policies", policies);
        document.put(
                "least_possible", Map.of("origin_bytes", least.originBytes(), "start_p99_ms", least.percentile(0.99)));
        document.put(
                "sensitivity",
                sweeps.stream()
                        .map(sweep -> json(sweep.what(), sweep.value(), sweep.result()))
                        .toList());
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(document);
    }

    private static Map<String, Object> json(String name, String value, Trial.Result result) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("name", name);
        if (!value.isEmpty()) {
            line.put("value", value);
        }
        line.put("starts", result.starts());
        line.put("unplaced", result.unplaced());
        line.put("origin_bytes", result.originBytes());
        line.put("origin_bytes_after_ramp", result.steadyOriginBytes());
        line.put("imbalance", result.meanImbalance());
        line.put("pod_imbalance", result.meanPodImbalance());
        line.put("pods_per_node", result.meanPodsPerNode());
        line.put("max_memory_share", result.maxMemoryShare());
        line.put("start_p50_ms", result.percentile(0.5));
        line.put("start_p90_ms", result.percentile(0.9));
        line.put("start_p99_ms", result.percentile(0.99));
        line.put("start_mean_ms", result.meanLatency());
        return line;
    }

    private String markdown() throws IOException {
        StringBuilder text = new StringBuilder("# Placement: four policies on the same arrivals\n\n");
        text.append(
                "Repeat with `./thaw bench placement --out docs/results --seed %d --nodes %d --seconds %.0f`. Figures: [placement.json](placement.json).\n\n"
                        .formatted(setup.seed(), setup.nodes(), setup.seconds()));
        text.append(
                "%d nodes kept by kwok, %d arrivals of %d functions, through a real kube-apiserver, kube-scheduler and extender.\n\n"
                        .formatted(setup.nodes(), arrivals, setup.functions()));
        text.append(header());
        results.forEach((contestant, result) -> text.append(row(contestant.name(), result)));
        text.append(leastPossible()).append('\n').append(ratios());
        text.append("\n![latency](placement-latency.svg)\n\n![imbalance](placement-imbalance.svg)\n\n");
        try (var in = PlacementReport.class.getResourceAsStream(PROSE)) {
            text.append(new String(java.util.Objects.requireNonNull(in, PROSE).readAllBytes(), StandardCharsets.UTF_8));
        }
        text.append(
                "\n## Sensitivity\n\nOne setting at a time, around an imitation of the scheduler's two signals that tell these nodes apart.\n\n");
        text.append(header());
        sweeps.forEach(sweep -> text.append(row(sweep.what() + ": " + sweep.value(), sweep.result())));
        return text.toString();
    }

    private static String header() {
        return """
                | | starts | no room | from the origin, GB | max ÷ mean memory | max ÷ mean pods | pods a node | fullest node | p50 ms | p90 ms | p99 ms | mean ms |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                """;
    }

    private static String row(String name, Trial.Result result) {
        return "| %s | %d | %d | %.1f | %.3f | %.3f | %.1f | %.0f %% | %.0f | %.0f | %.0f | %.0f |%n"
                .formatted(
                        name,
                        result.starts(),
                        result.unplaced(),
                        result.originBytes() / 1e9,
                        result.meanImbalance(),
                        result.meanPodImbalance(),
                        result.meanPodsPerNode(),
                        result.maxMemoryShare() * 100,
                        result.percentile(0.5),
                        result.percentile(0.9),
                        result.percentile(0.99),
                        result.meanLatency());
    }

    private String leastPossible() {
        return "| *Least possible* | | | %.1f | | | | | %.0f | %.0f | %.0f | %.0f |%n"
                .formatted(
                        least.originBytes() / 1e9,
                        least.percentile(0.5),
                        least.percentile(0.9),
                        least.percentile(0.99),
                        Arrays.stream(least.latencyMillis()).average().orElse(0));
    }

    private String ratios() {
        Trial.Result thaw = java.util.Objects.requireNonNull(results.get(Contestant.THAW));
        Trial.Result reference = java.util.Objects.requireNonNull(results.get(Contestant.REFERENCE));
        Trial.Result alone = java.util.Objects.requireNonNull(results.get(Contestant.SCHEDULER_ALONE));
        StringBuilder text = new StringBuilder("| Thaw ÷ | measured | wanted | |\n| --- | --- | --- | --- |\n");
        text.append(ratio(
                "scheduler alone: bytes from the origin", (double) thaw.originBytes() / alone.originBytes(), 0.4));
        text.append(ratio(
                "holder only: bytes from the origin", (double) thaw.originBytes() / reference.originBytes(), 1.2));
        text.append(ratio("scheduler alone: imbalance", thaw.meanImbalance() / alone.meanImbalance(), 1.1));
        text.append(ratio("holder only: start p99", thaw.percentile(0.99) / reference.percentile(0.99), 0.5));
        text.append(ratio("scheduler alone: start p99", thaw.percentile(0.99) / alone.percentile(0.99), 0.7));
        text.append(ratio("a node's memory: the fullest node", thaw.maxMemoryShare(), 1.0));
        return text.toString();
    }

    private static String ratio(String what, double measured, double wanted) {
        return "| %s | %.3f | ≤ %.1f | %s |%n"
                .formatted(what, measured, wanted, measured <= wanted ? "met" : "**missed**");
    }
}
