package dev.thaw.kubernetes.extender;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotIdentityTest {
    private static final SnapshotIdentity IDENTITY = SnapshotIdentity.DEFAULT;

    @Test
    void aPodOfNoneOfOursHasNone() {
        Pod pod = pod().editSpec().withRuntimeClassName("gvisor").endSpec().build();
        assertThat(IDENTITY.of(pod)).isEmpty();
    }

    @Test
    void aKnativeRevisionIsIdentifiedByItsLabel() {
        Pod pod = pod().editMetadata()
                .addToLabels("serving.knative.dev/revision", "hello-00001")
                .endMetadata()
                .build();
        assertThat(IDENTITY.of(pod)).contains("revision/team/team/hello-00001");
    }

    @Test
    void whatIsFrozenIsTheIdentity() {
        String original = IDENTITY.of(pod().build()).orElseThrow();
        assertThat(IDENTITY.of(pod().editSpec()
                        .editFirstContainer()
                        .withImage("other")
                        .endContainer()
                        .endSpec()
                        .build()))
                .isNotEqualTo(java.util.Optional.of(original));
        assertThat(IDENTITY.of(pod().editSpec()
                        .editFirstContainer()
                        .withCommand("run", "--fast")
                        .withArgs()
                        .endContainer()
                        .endSpec()
                        .build()))
                .isNotEqualTo(java.util.Optional.of(original));
        assertThat(IDENTITY.of(pod().editMetadata()
                        .withNamespace("other")
                        .endMetadata()
                        .build()))
                .isNotEqualTo(java.util.Optional.of(original));
        assertThat(IDENTITY.of(pod().editMetadata()
                        .withName("another")
                        .withUid("1")
                        .endMetadata()
                        .build()))
                .contains(original);
        assertThat(IDENTITY.of(pod().editSpec()
                        .editFirstContainer()
                        .editResources()
                        .withRequests(Map.of("memory", new Quantity("262144Ki"), "cpu", new Quantity("500m")))
                        .endResources()
                        .endContainer()
                        .endSpec()
                        .build()))
                .as("256Mi and half a core, written otherwise")
                .contains(original);
    }

    @Test
    void tenantsWithTheSameDomainShare() {
        String one = IDENTITY.of(pod().editMetadata()
                        .addToLabels(SnapshotIdentity.DOMAIN_LABEL, "shop")
                        .endMetadata()
                        .build())
                .orElseThrow();
        assertThat(IDENTITY.of(pod().editMetadata()
                        .withNamespace("other")
                        .addToLabels(SnapshotIdentity.DOMAIN_LABEL, "shop")
                        .endMetadata()
                        .build()))
                .contains(one);
    }

    @Test
    void theRequestSaysTheSameAsTheObject() {
        Pod pod = pod().editMetadata()
                .addToAnnotations("thaw.dev/explain", "true")
                .endMetadata()
                .build();
        String json = "{\"Pod\":" + new KubernetesSerialization().asJson(pod) + ",\"NodeNames\":[]}";
        PodFacts read = new ExtenderArgsReader(1 << 20)
                .read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), new Candidates());
        assertThat(read).isEqualTo(PodFacts.of(pod));
        assertThat(read.demand().memoryBytes()).isEqualTo(256 << 20);
    }

    private static PodBuilder pod() {
        return new PodBuilder()
                .withNewMetadata()
                .withName("function")
                .withNamespace("team")
                .withUid("0")
                .endMetadata()
                .withNewSpec()
                .withRuntimeClassName("thaw")
                .addNewContainer()
                .withName("main")
                .withImage("function:1")
                .withCommand("run")
                .withArgs("--fast")
                .withNewResources()
                .withRequests(Map.of("memory", new Quantity("256Mi"), "cpu", new Quantity("0.5")))
                .endResources()
                .endContainer()
                .endSpec();
    }
}
