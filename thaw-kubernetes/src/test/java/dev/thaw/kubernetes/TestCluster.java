package dev.thaw.kubernetes;

import dev.thaw.kubernetes.cluster.ClusterOptions;
import dev.thaw.kubernetes.cluster.ControlPlane;
import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import dev.thaw.kubernetes.cluster.CustomResource;
import dev.thaw.kubernetes.cluster.FakeNodes;
import dev.thaw.kubernetes.cluster.Manifests;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/** A real control plane for one test class. Skips the class, saying why, where it cannot be had. */
final class TestCluster implements AutoCloseable {
    final ControlPlane plane;
    final KubernetesClient admin;
    private final Path folder;

    private TestCluster(ControlPlane plane, Path folder) {
        this.plane = plane;
        this.folder = folder;
        this.admin = client(Config.fromKubeconfig(plane.kubeconfig().toFile()));
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    }

    static TestCluster start() throws IOException {
        Optional<ControlPlaneBinaries> binaries = ControlPlaneBinaries.findOrBuild(System.getenv());
        Assumptions.assumeTrue(binaries.isPresent(), "needs KUBEBUILDER_ASSETS or Go to build a control plane");
        Path folder = Files.createTempDirectory("thaw-cluster");
        return new TestCluster(
                ControlPlane.start(binaries.orElseThrow(), new ClusterOptions(folder, Optional.empty(), true)), folder);
    }

    /** Applies manifests of the distribution and waits until the resource is served. */
    void apply(String... manifests) {
        for (String manifest : manifests) {
            load(manifest).forEach(object -> admin.resource(object).serverSideApply());
        }
        awaitServed();
    }

    /** Waits until the custom resource is served. */
    void awaitServed() {
        CustomResource.awaitServed(admin);
    }

    List<HasMetadata> load(String manifest) {
        return admin.load(new ByteArrayInputStream(Manifests.read(manifest).getBytes(StandardCharsets.UTF_8)))
                .items();
    }

    /** Nodes that the scheduler will use. */
    void addNodes(String... names) {
        for (String name : names) {
            admin.nodes().resource(FakeNodes.node(name, 8, 8L << 30)).create();
        }
        Awaitility.await()
                .until(() -> admin.nodes().list().getItems().stream()
                        .allMatch(node -> node.getSpec().getTaints().isEmpty()));
    }

    /** A client with a token and nothing else. */
    KubernetesClient withToken(String token) {
        Config config = Config.fromKubeconfig(plane.kubeconfig().toFile());
        return client(new ConfigBuilder(config)
                .withOauthToken(token)
                .withAutoOAuthToken(null)
                .build());
    }

    private static KubernetesClient client(Config config) {
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /** Runs the real kubectl to its end. */
    String kubectl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of(
                plane.binaries().program("kubectl").toString(),
                "--kubeconfig",
                plane.kubeconfig().toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        admin.close();
        plane.close();
        Files.deleteIfExists(folder);
    }
}
