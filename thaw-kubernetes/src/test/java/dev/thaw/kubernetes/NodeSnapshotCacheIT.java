package dev.thaw.kubernetes;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.kubernetes.publish.NodeState;
import dev.thaw.kubernetes.publish.ReportPublisher;
import dev.thaw.kubernetes.resource.NodeSnapshotCache;
import dev.thaw.kubernetes.resource.SnapshotEntry;
import dev.thaw.node.placement.NodeLoad;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The resource, its writer and the accounts, against a real API server. */
class NodeSnapshotCacheIT {
    private static final ResourceDefinitionContext GENERIC = new ResourceDefinitionContext.Builder()
            .withGroup("thaw.dev")
            .withVersion("v1alpha1")
            .withKind("NodeSnapshotCache")
            .withPlural("nodesnapshotcaches")
            .withNamespaced(false)
            .build();

    private static TestCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = TestCluster.start();
        cluster.apply("crd.yaml", "rbac.yaml", "admission.yaml");
        cluster.addNodes("node-a", "node-b", "node-c", "node-d");
    }

    @AfterAll
    static void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void isPublishedReadWellAndGoesWithItsNode() throws Exception {
        publisher(cluster.admin, "node-c").publish(state(10_000));
        publisher(cluster.admin, "node-c").publish(state(10_000));
        NodeSnapshotCache report = requireNonNull(cluster.admin
                .resources(NodeSnapshotCache.class)
                .withName("node-c")
                .get());
        assertThat(report.getStatus().snapshots()).hasSize(512);
        assertThat(requireNonNull(report.getStatus().digest()).count()).isEqualTo(10_000 - 512);
        String[] table = cluster.kubectl("get", "nsc", "node-c").split("\n");
        assertThat(table[0].split("\\s{2,}"))
                .startsWith("NAME", "SNAPSHOTS", "USED", "CAPACITY", "FREE MEMORY", "THAWS", "HEARTBEAT", "AGE");
        assertThat(table[1].split("\\s{2,}")).startsWith("node-c", "10000", "512.0 MiB", "1.0 GiB", "4.0 GiB", "2");
        cluster.admin.nodes().withName("node-c").delete();
        await().until(() -> cluster.admin
                        .resources(NodeSnapshotCache.class)
                        .withName("node-c")
                        .get()
                == null);
    }

    @Test
    void writersOfOneNodeDoNotGetInEachOthersWay() throws Exception {
        cluster.addNodes("node-e");
        List<Future<?>> writes = new ArrayList<>();
        try (ExecutorService writers = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 40; i++) {
                int snapshots = i % 5;
                writes.add(
                        writers.submit(() -> publisher(cluster.admin, "node-e").publish(state(snapshots))));
            }
        }
        for (Future<?> write : writes) {
            write.get();
        }
        publisher(cluster.admin, "node-e").publish(state(7));
        NodeSnapshotCache report = requireNonNull(cluster.admin
                .resources(NodeSnapshotCache.class)
                .withName("node-e")
                .get());
        assertThat(report.getStatus().snapshots()).hasSize(7);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"freeMemoryBytes\":-1}",
                "{\"capacityBytes\":\"much\"}",
                "{\"idleMilliCores\":0}",
                "{\"runningThaws\":2000000}",
                "{\"heartbeat\":\"yesterday\"}",
                "{\"memoryBytes\":1e30}",
                "{\"snapshots\":[{\"id\":\"x\",\"workingSetPresentBytes\":-1,\"workingSetBytes\":1,\"presentBytes\":1}]}",
                "{\"snapshots\":[{\"id\":\"\",\"workingSetPresentBytes\":1,\"workingSetBytes\":1,\"presentBytes\":1}]}",
                "{\"digest\":{\"count\":70000,\"entries\":\"\"}}",
                "{\"digest\":{\"count\":1,\"entries\":\"%\"}}"
            })
    void theSchemaRefusesHostileContents(String status) {
        publisher(cluster.admin, "node-d").publish(state(1));
        assertThatThrownBy(() -> cluster.admin
                        .resources(NodeSnapshotCache.class)
                        .withName("node-d")
                        .subresource("status")
                        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":" + status + "}"))
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        e -> assertThat(e.getCode()).isEqualTo(422));
    }

    @Test
    void aNodeWritesItsOwnReportOnly() {
        try (KubernetesClient node = cluster.withToken(nodeToken("node-a"))) {
            publisher(node, "node-a").publish(state(3));
            assertThat(cluster.admin
                            .resources(NodeSnapshotCache.class)
                            .withName("node-a")
                            .get())
                    .isNotNull();
            publisher(cluster.admin, "node-b").publish(state(3));
            assertForbidden(() -> publisher(node, "node-b").publish(state(4)));
            assertForbidden(() ->
                    node.resources(NodeSnapshotCache.class).withName("node-a").delete());
            assertForbidden(() -> node.resources(NodeSnapshotCache.class).list());
            assertForbidden(() -> node.nodes().withName("node-a").delete());
            assertForbidden(() -> node.pods().inAnyNamespace().list());
            assertForbidden(() -> node.secrets().inNamespace("thaw-system").list());
        }
    }

    @Test
    void aNodeMustOwnWhatItMakes() {
        try (KubernetesClient node = cluster.withToken(nodeToken("node-b"))) {
            GenericKubernetesResource orphan = new GenericKubernetesResource();
            orphan.setApiVersion("thaw.dev/v1alpha1");
            orphan.setKind("NodeSnapshotCache");
            orphan.setMetadata(new io.fabric8.kubernetes.api.model.ObjectMetaBuilder()
                    .withName("node-b")
                    .build());
            assertForbidden(() ->
                    node.genericKubernetesResources(GENERIC).resource(orphan).create());
            orphan.getMetadata().setName("no-node-at-all");
            assertForbidden(() ->
                    node.genericKubernetesResources(GENERIC).resource(orphan).create());
        }
    }

    @Test
    void aTokenThatNamesNoNodeWritesNothing() {
        TokenRequest request = requireNonNull(cluster.admin
                .serviceAccounts()
                .inNamespace("thaw-system")
                .withName("thaw-node")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(600L)
                        .endSpec()
                        .build()));
        publisher(cluster.admin, "node-a").publish(state(1));
        try (KubernetesClient node = cluster.withToken(request.getStatus().getToken())) {
            assertForbidden(() -> publisher(node, "node-a").publish(state(2)));
        }
    }

    @Test
    void theExtenderOnlyReads() {
        TokenRequest request = requireNonNull(cluster.admin
                .serviceAccounts()
                .inNamespace("thaw-system")
                .withName("thaw-extender")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(600L)
                        .endSpec()
                        .build()));
        publisher(cluster.admin, "node-b").publish(state(1));
        try (KubernetesClient extender = cluster.withToken(request.getStatus().getToken())) {
            assertThat(extender.resources(NodeSnapshotCache.class).list().getItems())
                    .isNotEmpty();
            assertThat(extender.pods().inAnyNamespace().list().getItems()).isNotNull();
            assertForbidden(() -> publisher(extender, "node-b").publish(state(2)));
            assertForbidden(() -> extender.resources(NodeSnapshotCache.class)
                    .withName("node-b")
                    .delete());
            assertForbidden(() -> extender.secrets().inAnyNamespace().list());
            assertForbidden(
                    () -> extender.pods().inNamespace("default").withName("any").delete());
        }
    }

    @Test
    void theManifestsAreAcceptedAndDeletingThemLeavesNothing() {
        for (String manifest : List.of("extender.yaml", "second-scheduler.yaml")) {
            List<HasMetadata> objects = cluster.load(manifest);
            objects.forEach(object -> cluster.admin.resource(object).dryRun().serverSideApply());
            objects.forEach(object -> cluster.admin.resource(object).serverSideApply());
            objects.forEach(
                    object -> assertThat(cluster.admin.resource(object).get()).isNotNull());
            objects.reversed().forEach(object -> cluster.admin.resource(object).delete());
            objects.forEach(
                    object -> await().until(() -> cluster.admin.resource(object).get() == null));
        }
    }

    private static void assertForbidden(Runnable attempt) {
        assertThatThrownBy(attempt::run)
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        e -> assertThat(e.getCode()).as(e.getMessage()).isIn(403, 422));
    }

    /** The token that a pod of the node's agent gets: bound to the pod, and so to its node. */
    private static String nodeToken(String node) {
        Pod pod = cluster.admin
                .pods()
                .inNamespace("thaw-system")
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName("agent-on-" + node)
                        .withNamespace("thaw-system")
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(node)
                        .withServiceAccountName("thaw-node")
                        .addNewContainer()
                        .withName("agent")
                        .withImage("agent")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        TokenRequest request = cluster.admin
                .serviceAccounts()
                .inNamespace("thaw-system")
                .withName("thaw-node")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(600L)
                        .withNewBoundObjectRef()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withName(pod.getMetadata().getName())
                        .withUid(pod.getMetadata().getUid())
                        .endBoundObjectRef()
                        .endSpec()
                        .build());
        return requireNonNull(request).getStatus().getToken();
    }

    private static ReportPublisher publisher(KubernetesClient client, String node) {
        return new ReportPublisher(client, node, "test", Instant::now);
    }

    private static NodeState state(int snapshots) {
        List<SnapshotEntry> entries = IntStream.range(0, snapshots)
                .mapToObj(
                        i -> new SnapshotEntry("pod/team/" + "%032x".formatted(i), 1_000_000L, 24_000_000L, 2_000_000L))
                .toList();
        return new NodeState(1 << 30, 1 << 29, "kvm", new NodeLoad(8, 8L << 30, 4L << 30, 2, 1 << 29), entries);
    }
}
