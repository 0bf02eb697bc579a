package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.cluster.ClusterOptions;
import dev.thaw.kubernetes.cluster.ControlPlane;
import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import dev.thaw.kubernetes.cluster.CustomResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Runs the contestants on the same arrivals. */
public final class PlacementEvaluation {
    private static final int CORES = 8;
    private static final long GIB = 1L << 30;

    private final Setup setup;
    private final Workload workload;
    private final Consumer<String> progress;

    /**
     * What is the same for all contestants.
     *
     * @param nodes of 8 cores and 8 GiB
     * @param cacheBytes bound of each node's cache
     * @param podsPerNode that live on average
     */
    public record Setup(
            long seed,
            int nodes,
            long cacheBytes,
            int functions,
            double podsPerNode,
            double rampSeconds,
            double seconds) {
        public static final Setup DEFAULT = new Setup(1, 100, 800_000_000, 500, 23, 120, 600);

        Setup withCache(long bytes) {
            return new Setup(seed, nodes, bytes, functions, podsPerNode, rampSeconds, seconds);
        }

        Setup withPodsPerNode(double pods) {
            return new Setup(seed, nodes, cacheBytes, functions, pods, rampSeconds, seconds);
        }

        Setup withSeed(long other) {
            return new Setup(other, nodes, cacheBytes, functions, podsPerNode, rampSeconds, seconds);
        }

        Workload workload() {
            return Workload.generate(
                    seed, new Workload.Shape(functions, podsPerNode * nodes, 300, rampSeconds, seconds));
        }
    }

    public PlacementEvaluation(Setup setup, Consumer<String> progress) {
        this.setup = setup;
        this.workload = setup.workload();
        this.progress = progress;
    }

    Workload workload() {
        return workload;
    }

    int arrivals() {
        return workload.arrivals().size();
    }

    /** The four policies through the real scheduler, in a cluster of its own. */
    Map<Contestant, Trial.Result> real(ControlPlaneBinaries binaries, Path folder, List<Contestant> contestants)
            throws IOException {
        Map<Contestant, Trial.Result> results = new LinkedHashMap<>();
        try (ControlPlane plane = ControlPlane.start(binaries, new ClusterOptions(folder, Optional.empty(), true));
                KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(plane.kubeconfig().toFile()))
                        .build()) {
            CustomResource.apply(client);
            for (Contestant contestant : contestants) {
                long start = System.nanoTime();
                List<ModelNode> nodes = nodes(setup.cacheBytes());
                try (Placer placer = new RealScheduler(plane, client, contestant, nodes)) {
                    results.put(contestant, new Trial(workload, nodes, placer, setup.rampSeconds()).run());
                }
                progress.accept("%s: %.0f s".formatted(contestant.name(), (System.nanoTime() - start) / 1e9));
            }
        }
        return results;
    }

    /** One contestant around the imitated scheduler. */
    Trial.Result imitated(Contestant contestant, int lagSteps) {
        List<ModelNode> nodes = nodes(setup.cacheBytes());
        try (Placer placer = new ImitatedScheduler(nodes, contestant, setup.seed(), lagSteps)) {
            return new Trial(workload, nodes, placer, setup.rampSeconds()).run();
        }
    }

    private List<ModelNode> nodes(long cacheBytes) {
        List<ModelNode> nodes = new ArrayList<>();
        for (int i = 0; i < setup.nodes(); i++) {
            nodes.add(new ModelNode("node-%03d".formatted(i), new ModelNode.Size(CORES, CORES * GIB, cacheBytes)));
        }
        return nodes;
    }
}
