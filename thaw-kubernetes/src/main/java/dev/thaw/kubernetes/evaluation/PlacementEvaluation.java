package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.cluster.ClusterOptions;
import dev.thaw.kubernetes.cluster.ControlPlane;
import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import dev.thaw.kubernetes.cluster.Manifests;
import dev.thaw.node.placement.CostModel;
import dev.thaw.node.placement.ScoreScale;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
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
            client.load(new ByteArrayInputStream(Manifests.read("crd.yaml").getBytes(StandardCharsets.UTF_8)))
                    .serverSideApply();
            awaitCrd(client);
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

    private static void awaitCrd(KubernetesClient client) {
        client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName("nodesnapshotcaches.thaw.dev")
                .waitUntilCondition(
                        definition -> definition != null
                                && definition.getStatus() != null
                                && definition.getStatus().getConditions().stream()
                                        .anyMatch(
                                                condition -> condition.getType().equals("Established")
                                                        && condition.getStatus().equals("True")),
                        30,
                        java.util.concurrent.TimeUnit.SECONDS);
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

    /** One line of the sensitivity tables. */
    record Sweep(String what, String value, Trial.Result result) {}

    /** Weights, cache sizes, staleness and seeds, one at a time, around the imitated scheduler. */
    static List<Sweep> sweeps(Setup setup) {
        List<Sweep> sweeps = new ArrayList<>();
        PlacementEvaluation evaluation = new PlacementEvaluation(setup, ignored -> {});
        CostModel costs = CostModel.DEFAULT;
        for (Contestant contestant : Contestant.ALL) {
            sweeps.add(new Sweep("policy, imitated", contestant.name(), evaluation.imitated(contestant, 0)));
        }
        for (double tolerance : new double[] {0, 0.05, 0.1, 0.15, 0.2}) {
            sweeps.add(sweep(
                    evaluation,
                    "crowding tolerance",
                    "%.2f".formatted(tolerance),
                    costs.withCrowding(costs.crowdingFloor(), tolerance, costs.crowding()),
                    ScoreScale.DEFAULT));
        }
        for (int seconds : new int[] {0, 5, 20, 60}) {
            sweeps.add(sweep(
                    evaluation,
                    "crowding",
                    seconds + " s",
                    costs.withCrowding(costs.crowdingFloor(), costs.crowdingTolerance(), Duration.ofSeconds(seconds)),
                    ScoreScale.DEFAULT));
        }
        for (double weight : new double[] {0, 0.5, 1, 2}) {
            sweeps.add(sweep(
                    evaluation,
                    "eviction weight",
                    "%.1f".formatted(weight),
                    costs.withEvictionWeight(weight),
                    ScoreScale.DEFAULT));
        }
        for (int seconds : new int[] {1, 2, 5, 10, 50}) {
            sweeps.add(sweep(
                    evaluation,
                    "score range",
                    seconds + " s",
                    costs,
                    new ScoreScale(100, Duration.ofSeconds(seconds))));
        }
        sweeps.add(sweep(evaluation, "score maximum", "10", costs, new ScoreScale(10, Duration.ofSeconds(5))));
        for (int lag : new int[] {0, 1, 5, 30, 120}) {
            sweeps.add(new Sweep("reports late by", lag + " s", evaluation.imitated(Contestant.THAW, lag)));
        }
        for (long megabytes : new long[] {100, 200, 400, 800, 1600}) {
            PlacementEvaluation sized = new PlacementEvaluation(setup.withCache(megabytes * 1_000_000), ignored -> {});
            for (Contestant contestant : List.of(Contestant.THAW, Contestant.REFERENCE, Contestant.SCHEDULER_ALONE)) {
                sweeps.add(
                        new Sweep("cache of " + megabytes + " MB", contestant.name(), sized.imitated(contestant, 0)));
            }
        }
        for (long seed = 2; seed <= 5; seed++) {
            PlacementEvaluation seeded = new PlacementEvaluation(setup.withSeed(seed), ignored -> {});
            for (Contestant contestant : List.of(Contestant.THAW, Contestant.REFERENCE, Contestant.SCHEDULER_ALONE)) {
                sweeps.add(new Sweep("seed " + seed, contestant.name(), seeded.imitated(contestant, 0)));
            }
        }
        return sweeps;
    }

    private static Sweep sweep(
            PlacementEvaluation evaluation, String what, String value, CostModel costs, ScoreScale scale) {
        return new Sweep(what, value, evaluation.imitated(Contestant.THAW.with(costs, scale), 0));
    }
}
