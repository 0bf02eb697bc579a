package dev.thaw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.kubernetes.cluster.Manifests;
import dev.thaw.kubernetes.publish.NodeState;
import dev.thaw.kubernetes.publish.ReportPublisher;
import dev.thaw.node.placement.NodeLoad;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users do: kubectl apply, and kubectl delete. */
class ManifestsIT {
    private static final List<String> MANIFESTS =
            List.of("crd.yaml", "rbac.yaml", "admission.yaml", "extender.yaml", "second-scheduler.yaml");

    /** Made by the cluster itself, at any time. */
    private static final Set<String> BUSY = Set.of("events", "events.events.k8s.io", "leases.coordination.k8s.io");

    @Test
    void applyingAndDeletingThemLeavesNothing(@TempDir Path folder) throws Exception {
        try (TestCluster cluster = TestCluster.start()) {
            cluster.addNodes("node-a");
            String[] files = MANIFESTS.stream()
                    .flatMap(name -> Stream.of("-f", write(folder, name)))
                    .toArray(String[]::new);
            await().until(() -> objects(cluster)
                    .containsAll(List.of("namespace/default", "configmap/kube-root-ca.crt", "serviceaccount/default")));
            Set<String> before = objects(cluster);
            cluster.kubectl(command("apply", files));
            cluster.awaitServed();
            new ReportPublisher(cluster.admin, "node-a", "test", Instant::now)
                    .publish(new NodeState(1, 0, "kvm", new NodeLoad(1, 1, 1, 0, 1), List.of()));
            assertThat(objects(cluster))
                    .contains("nodesnapshotcache.thaw.dev/node-a")
                    .hasSizeGreaterThan(before.size() + 10);
            cluster.kubectl(command("delete", files));
            await().untilAsserted(() -> assertThat(objects(cluster)).isEqualTo(before));
        }
    }

    private static String write(Path folder, String name) {
        try {
            return Files.writeString(folder.resolve(name), Manifests.read(name)).toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String[] command(String verb, String[] files) {
        return Stream.concat(Stream.of(verb), Arrays.stream(files)).toArray(String[]::new);
    }

    /** The names of all objects of all kinds. */
    private static Set<String> objects(TestCluster cluster) throws IOException, InterruptedException {
        String[] kinds = cluster.kubectl("api-resources", "--verbs=list", "-o", "name", "--cached=false")
                .split("\n");
        String listed = String.join(
                ",", Arrays.stream(kinds).filter(kind -> !BUSY.contains(kind)).toList());
        String names = cluster.kubectl("get", listed, "--all-namespaces", "-o", "name", "--ignore-not-found");
        return new TreeSet<>(Arrays.asList(names.split("\n")));
    }
}
