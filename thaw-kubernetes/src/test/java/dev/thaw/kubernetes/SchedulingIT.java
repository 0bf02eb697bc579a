package dev.thaw.kubernetes;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.kubernetes.cluster.Manifests;
import dev.thaw.kubernetes.extender.Extender;
import dev.thaw.kubernetes.extender.ExtenderConfig;
import dev.thaw.kubernetes.extender.PlacementExplanation;
import dev.thaw.kubernetes.publish.NodeState;
import dev.thaw.kubernetes.publish.ReportPublisher;
import dev.thaw.kubernetes.resource.NodeSnapshotCache;
import dev.thaw.kubernetes.resource.SnapshotEntry;
import dev.thaw.node.placement.NodeLoad;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The extender beside a real scheduler. */
class SchedulingIT {
    private static final List<String> NODES = List.of("node-0", "node-1", "node-2", "node-3");

    private static TestCluster cluster;
    private static Extender extender;

    @BeforeAll
    static void start() throws IOException {
        cluster = TestCluster.start();
        cluster.apply("crd.yaml");
        cluster.addNodes(NODES.toArray(String[]::new));
        extender = newExtender(0);
        cluster.plane.restartScheduler(Manifests.schedulerConfiguration(
                "http://127.0.0.1:" + extender.address().getPort()));
    }

    @AfterAll
    static void stop() throws IOException {
        if (extender != null) {
            extender.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    @AfterEach
    void removePods() {
        cluster.admin.pods().inNamespace("default").withGracePeriod(0).delete();
    }

    @Test
    void podsGoWhereTheirBytesAreUntilThatIsFull() {
        publish("node-2", "r1");
        for (int i = 0; i < 3; i++) {
            assertThat(schedule("held-" + i, "r1", "256Mi")).isEqualTo("node-2");
        }
        assertThat(schedule("too-large", "r1", "7800Mi")).isNotEqualTo("node-2");
    }

    @Test
    void whatIsNotThereAnyMoreAttractsNoPods() {
        publish("node-1", "r2");
        assertThat(schedule("before", "r2", "64Mi")).isEqualTo("node-1");
        publish("node-1", "other");
        publish("node-3", "r2");
        assertThat(schedule("after", "r2", "64Mi")).isEqualTo("node-3");
    }

    @Test
    void schedulingGoesOnWithoutTheExtenderAndWithItAgain() throws IOException {
        publish("node-0", "r3");
        int port = extender.address().getPort();
        extender.close();
        assertThat(schedule("without", "r3", "64Mi")).isIn(NODES);
        extender = newExtender(port);
        assertThat(schedule("again", "r3", "64Mi")).isEqualTo("node-0");
    }

    @Test
    void theExtenderSurvivesTheLossOfTheApiServer() throws IOException {
        publish("node-1", "r4");
        cluster.plane.restartApiServer();
        publish("node-1", "gone");
        publish("node-2", "r5");
        assertThat(schedule("later", "r5", "64Mi")).isEqualTo("node-2");
    }

    @Test
    void aWatchThatHasExpiredStartsAnew() throws IOException {
        publish("node-0", "r7");
        String before = cluster.admin
                .resources(NodeSnapshotCache.class)
                .list()
                .getMetadata()
                .getResourceVersion();
        publish("node-1", "r7");
        cluster.plane.restartApiServer();
        // What the extender saw last is not to be had any more: the API server answers so to whoever asks.
        await().ignoreExceptions()
                .until(() -> cluster.admin
                        .raw("/apis/thaw.dev/v1alpha1/nodesnapshotcaches?watch=true&timeoutSeconds=5&resourceVersion="
                                + before)
                        .contains("\"code\":410"));
        publish("node-2", "r7");
        assertThat(schedule("anew", "r7", "64Mi")).isEqualTo("node-2");
    }

    @Test
    void theExtenderAnswersWhileTheApiServerIsAway() throws Exception {
        publish("node-3", "r8");
        String request =
                "{\"Pod\":{\"metadata\":{\"name\":\"p\",\"namespace\":\"default\",\"uid\":\"u\",\"labels\":{\"serving.knative.dev/revision\":\"r8\"}},"
                        + "\"spec\":{\"containers\":[]}},\"NodeNames\":[\"node-2\",\"node-3\"]}";
        cluster.plane.pauseApiServer(true);
        try {
            assertThat(ask(extender, request)).contains("{\"Host\":\"node-3\",\"Score\":100}");
        } finally {
            cluster.plane.pauseApiServer(false);
        }
        publish("node-1", "r8");
        assertThat(schedule("back", "r8", "64Mi")).isEqualTo("node-1");
    }

    @Test
    void replicasSideBySideAnswerAlike() throws Exception {
        try (Extender replica = newExtender(0)) {
            publish("node-2", "r9");
            schedule("alike", "r9", "512Mi");
            String identity = "revision/default/default/r9";
            await().until(() -> replica.index().holds("node-2", identity)
                    && replica.index().counts().equals(extender.index().counts())
                    && replica.index().counts().pendingPods() == 0);
            String request =
                    "{\"Pod\":{\"metadata\":{\"name\":\"p\",\"namespace\":\"default\",\"labels\":{\"serving.knative.dev/revision\":\"r9\"}},"
                            + "\"spec\":{\"containers\":[]}},\"NodeNames\":[\"node-0\",\"node-1\",\"node-2\",\"node-3\",\"strange\"]}";
            await().untilAsserted(() -> assertThat(ask(replica, request)).isEqualTo(ask(extender, request)));
            assertThat(ask(replica, request)).contains("{\"Host\":\"node-2\",\"Score\":100}");
        }
    }

    @Test
    void explainsADecisionByAnEventToAPodThatAsks() {
        publish("node-1", "r10");
        schedule("silent", "r10", "64Mi");
        schedule("asking", "r10", "64Mi", Map.of("thaw.dev/explain", "true"));
        await().until(() -> !explanations("asking").isEmpty());
        assertThat(explanations("asking").getFirst().getMessage()).contains("of 4 nodes best node-1: score 100");
        assertThat(explanations("silent")).isEmpty();
    }

    private static List<Event> explanations(String pod) {
        return cluster.admin.v1().events().inNamespace("default").list().getItems().stream()
                .filter(event -> "SnapshotPlacement".equals(event.getReason())
                        && pod.equals(event.getInvolvedObject().getName()))
                .toList();
    }

    private static String ask(Extender asked, String request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                            + asked.address().getPort() + "/prioritize"))
                                    .timeout(Duration.ofSeconds(20))
                                    .POST(HttpRequest.BodyPublishers.ofString(request))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void explainsEachNodesScore() {
        publish("node-3", "r6");
        schedule("explained", "r6", "64Mi");
        Pod pod = cluster.admin
                .pods()
                .inNamespace("default")
                .withName("explained")
                .get();
        PlacementExplanation explanation = PlacementExplanation.of(
                cluster.admin, ExtenderConfig.at(new InetSocketAddress(0)), requireNonNull(pod));
        assertThat(explanation.nodes()).hasSize(4);
        assertThat(explanation.nodes().getFirst().node()).isEqualTo("node-3");
        assertThat(explanation.nodes().getFirst().score()).isEqualTo(100);
        assertThat(explanation.table())
                .contains("snapshot revision/default/default/r6")
                .contains("bytes are missing");
    }

    private static Extender newExtender(int port) throws IOException {
        Extender started = new Extender(
                ExtenderConfig.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)), cluster.admin);
        await().until(started::ready);
        return started;
    }

    /** Every node reports; one of them holds the revision. Waits until the extender knows. */
    private static void publish(String holder, String revision) {
        Instant heartbeat = Instant.now();
        for (String node : NODES) {
            List<SnapshotEntry> held = node.equals(holder)
                    ? List.of(new SnapshotEntry(
                            "revision/default/default/" + revision, 90_000_000L, 90_000_000L, 90_000_000L))
                    : List.of(new SnapshotEntry("revision/default/default/filler-" + node, 1L, 1L, 1L));
            new ReportPublisher(cluster.admin, node, "test", () -> heartbeat)
                    .publish(new NodeState(1 << 30, 0, "kvm", new NodeLoad(8, 8L << 30, 8L << 30, 0, 1 << 30), held));
        }
        await().until(() -> extender.index().holds(holder, "revision/default/default/" + revision)
                && extender.index().counts().snapshots() == NODES.size());
    }

    private static String schedule(String name, String revision, String memory) {
        return schedule(name, revision, memory, Map.of());
    }

    private static String schedule(String name, String revision, String memory, Map<String, String> annotations) {
        cluster.admin
                .pods()
                .inNamespace("default")
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withAnnotations(annotations)
                        .addToLabels("serving.knative.dev/revision", revision)
                        .endMetadata()
                        .withNewSpec()
                        .withSchedulerName("thaw")
                        .addNewContainer()
                        .withName("user-container")
                        .withImage("function")
                        .withNewResources()
                        .withRequests(Map.of("memory", new Quantity(memory)))
                        .endResources()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        await().until(() -> nodeOf(name) != null);
        return requireNonNull(nodeOf(name));
    }

    private static @org.jspecify.annotations.Nullable String nodeOf(String pod) {
        Pod found = cluster.admin.pods().inNamespace("default").withName(pod).get();
        return found == null ? null : found.getSpec().getNodeName();
    }
}
