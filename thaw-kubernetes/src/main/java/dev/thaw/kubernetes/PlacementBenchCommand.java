package dev.thaw.kubernetes;

import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import dev.thaw.kubernetes.cluster.ControlPlaneException;
import dev.thaw.kubernetes.evaluation.PlacementEvaluation;
import dev.thaw.kubernetes.evaluation.PlacementReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code thaw bench placement}: four policies on the same arrivals, through a real scheduler. */
@Command(
        name = "placement",
        mixinStandardHelpOptions = true,
        description = "Compare placement policies through a real kube-scheduler on nodes kept by kwok; some minutes.",
        footer = {"", "Example:", "  thaw bench placement --out docs/results"})
public final class PlacementBenchCommand implements Callable<Integer> {
    @Option(names = "--out", required = true, description = "Folder for placement.md and its plots.")
    private Path out = Path.of("");

    @Option(names = "--seed", defaultValue = "1", description = "Of the arrivals; default ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--nodes", defaultValue = "100", description = "Default ${DEFAULT-VALUE}.")
    private int nodes;

    @Option(
            names = "--seconds",
            defaultValue = "600",
            description = "Simulated; default ${DEFAULT-VALUE}, of which 120 to fill the cluster.")
    private int seconds;

    @Option(names = "--json", description = "One JSON document on standard output as well.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try {
            Optional<ControlPlaneBinaries> binaries = ControlPlaneBinaries.findOrBuild(System.getenv());
            if (binaries.isEmpty()) {
                System.err.println("neither KUBEBUILDER_ASSETS nor Go is here; install Go to have the programs built");
                return 1;
            }
            PlacementEvaluation.Setup standard = PlacementEvaluation.Setup.DEFAULT;
            PlacementEvaluation.Setup setup = new PlacementEvaluation.Setup(
                    seed,
                    nodes,
                    standard.cacheBytes(),
                    standard.functions() * nodes / standard.nodes(),
                    standard.podsPerNode(),
                    standard.rampSeconds(),
                    seconds);
            PlacementReport report = PlacementReport.run(setup, binaries.get(), System.err::println);
            report.write(out);
            if (json) {
                System.out.println(report.json());
            }
            return 0;
        } catch (ControlPlaneException e) {
            System.err.println(e.getMessage());
            return 1;
        }
    }
}
