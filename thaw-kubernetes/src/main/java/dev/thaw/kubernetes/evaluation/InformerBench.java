package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.cluster.ClusterOptions;
import dev.thaw.kubernetes.cluster.ControlPlane;
import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import dev.thaw.kubernetes.cluster.CustomResource;
import dev.thaw.kubernetes.cluster.FakeNodes;
import dev.thaw.kubernetes.extender.Extender;
import dev.thaw.kubernetes.extender.ExtenderConfig;
import dev.thaw.kubernetes.publish.NodeState;
import dev.thaw.kubernetes.publish.ReportPublisher;
import dev.thaw.kubernetes.resource.SnapshotEntry;
import dev.thaw.node.placement.NodeLoad;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/** How long a new extender takes until it knows what a real API server has. */
public final class InformerBench {
    private static final int SNAPSHOTS = 10_000;
    private static final int WRITERS = 8;

    private InformerBench() {}

    /**
     * @param publishSeconds time to write all reports
     * @param readySeconds from making an extender to its being ready
     * @param entries pairs of a node and a snapshot that it then knows
     */
    public record Result(int objects, int snapshotsEach, double publishSeconds, double readySeconds, long entries) {}

    /** Starts a cluster, writes one report a node, and starts an extender. */
    public static Result run(ControlPlaneBinaries binaries, int nodes, int snapshotsEach) throws IOException {
        Path folder = Files.createTempDirectory("thaw-informer");
        try (ControlPlane plane = ControlPlane.start(binaries, new ClusterOptions(folder, Optional.empty(), true));
                KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(plane.kubeconfig().toFile()))
                        .build()) {
            CustomResource.apply(client);
            long begun = System.nanoTime();
            publish(client, nodes, snapshotsEach);
            double publishSeconds = (System.nanoTime() - begun) / 1e9;
            begun = System.nanoTime();
            try (Extender extender = new Extender(
                    ExtenderConfig.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), client)) {
                while (!extender.ready()) {
                    LockSupport.parkNanos(1_000_000);
                }
                double readySeconds = (System.nanoTime() - begun) / 1e9;
                return new Result(
                        nodes,
                        snapshotsEach,
                        publishSeconds,
                        readySeconds,
                        extender.index().counts().entries());
            }
        } finally {
            Files.deleteIfExists(folder);
        }
    }

    private static void publish(KubernetesClient client, int nodes, int snapshotsEach) throws IOException {
        try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<?>> written = new ArrayList<>();
            for (int i = 0; i < nodes; i++) {
                String name = "node-%04d".formatted(i);
                NodeState state = state(i, snapshotsEach);
                written.add(writers.submit(() -> {
                    client.nodes().resource(FakeNodes.node(name, 16, 64L << 30)).create();
                    new ReportPublisher(client, name, "bench", Instant::now).publish(state);
                }));
            }
            for (Future<?> one : written) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("a report could not be written: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static NodeState state(int node, int snapshots) {
        List<SnapshotEntry> entries = new Random(node)
                .ints(0, SNAPSHOTS)
                .distinct()
                .limit(snapshots)
                .mapToObj(i ->
                        new SnapshotEntry("revision/team/team/function-" + i, 24_000_000L, 24_000_000L, 100_000_000L))
                .toList();
        return new NodeState(1L << 36, 1L << 35, "kvm", new NodeLoad(16, 64L << 30, 32L << 30, 0, 1L << 35), entries);
    }
}
