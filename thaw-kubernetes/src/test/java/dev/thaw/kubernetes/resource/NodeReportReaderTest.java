package dev.thaw.kubernetes.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.kubernetes.publish.NodeState;
import dev.thaw.kubernetes.publish.ReportComposer;
import dev.thaw.node.placement.NodeLoad;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NodeReportReaderTest {
    private static final KubernetesSerialization JSON = new KubernetesSerialization();
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final NodeLoad LOAD = new NodeLoad(8, 1L << 33, 1L << 32, 3, 1 << 20);

    @Test
    void readsWhatANodeWrites() {
        NodeReport report = NodeReportReader.read(resource("n", status(2000)));
        assertThat(report.heartbeat()).isEqualTo(NOW);
        assertThat(report.load()).isEqualTo(LOAD);
        assertThat(report.hostClass()).isEqualTo("kvm");
        assertThat(report.held().size()).isEqualTo(2000);
        int exact = Arrays.binarySearch(report.held().keys(), SnapshotKey.of("snapshot-7"));
        assertThat(report.held().presentBytes()[exact]).isEqualTo(700);
        assertThat(report.held().workingSetBytes()[exact]).isEqualTo(5000);
        int digested = Arrays.binarySearch(report.held().keys(), SnapshotKey.of("snapshot-1999"));
        assertThat(report.held().workingSetBytes()[digested]).isBetween(5000L, 5460L);
    }

    @Test
    void tenThousandSnapshotsStayFarBelowTheLimitOfAnObject() {
        assertThat(JSON.asJson(status(10_000)).length()).isLessThan(300_000);
    }

    static Stream<Arguments> hostile() {
        return Stream.of(
                Arguments.of("freeMemoryBytes", -1),
                Arguments.of("memoryBytes", Long.MAX_VALUE),
                Arguments.of("memoryBytes", 1.5),
                Arguments.of("freeBytes", "many"),
                Arguments.of("idleMilliCores", 0),
                Arguments.of("idleMilliCores", 1_000_000_000),
                Arguments.of("runningThaws", Long.MIN_VALUE),
                Arguments.of("heartbeat", "yesterday"),
                Arguments.of("heartbeat", null),
                Arguments.of("hostClass", 7),
                Arguments.of("snapshots", "all"),
                Arguments.of("snapshots", List.of("one")),
                Arguments.of(
                        "snapshots", List.of(Map.of("id", "x", "workingSetPresentBytes", -5, "workingSetBytes", 5))),
                Arguments.of("digest", Map.of("count", 65_537, "entries", "")),
                Arguments.of("digest", Map.of("count", 1, "entries", "%%%")));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void refusesHostileContents(String field, @Nullable Object value) {
        Map<String, @Nullable Object> status = new HashMap<>(generic(status(3)));
        status.put(field, value);
        assertThatThrownBy(() -> NodeReportReader.read(resource("n", status)))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .isNotBlank();
    }

    @Test
    void refusesAReportThatIsNotTheNodesOwn() {
        GenericKubernetesResource stranger = resource("n", status(1));
        stranger.getMetadata().getOwnerReferences().getFirst().setName("other");
        assertThatThrownBy(() -> NodeReportReader.read(stranger)).hasMessageContaining("owner");
        stranger.getMetadata().setOwnerReferences(List.of());
        assertThatThrownBy(() -> NodeReportReader.read(stranger)).hasMessageContaining("owner");
    }

    private static NodeSnapshotCacheStatus status(int snapshots) {
        List<SnapshotEntry> entries = IntStream.range(0, snapshots)
                .mapToObj(i -> new SnapshotEntry("snapshot-" + i, 100L * i % 5000, 5000L, 5000L))
                .toList();
        return ReportComposer.compose(new NodeState(1 << 30, 1 << 29, "kvm", LOAD, entries), NOW, "0.1.0");
    }

    private static GenericKubernetesResource resource(String name, Object status) {
        GenericKubernetesResource resource = new GenericKubernetesResource();
        resource.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .addNewOwnerReference()
                .withKind("Node")
                .withName(name)
                .endOwnerReference()
                .build());
        resource.setAdditionalProperty(
                "status", status instanceof NodeSnapshotCacheStatus typed ? generic(typed) : status);
        return resource;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> generic(NodeSnapshotCacheStatus status) {
        return JSON.unmarshal(JSON.asJson(status), Map.class);
    }
}
