package dev.thaw.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class CustomResourceTest {
    private static boolean isServed(String status) {
        return CustomResource.isServed(Serialization.unmarshal(
                "{\"metadata\":{\"name\":\"a\"}" + status + "}", CustomResourceDefinition.class));
    }

    @Test
    void isServedOnceItIsEstablished() {
        assertThat(CustomResource.isServed(null)).isFalse();
        assertThat(isServed("")).isFalse();
        assertThat(isServed(",\"status\":{\"conditions\":null,\"storedVersions\":null}"))
                .as("right after it was made")
                .isFalse();
        assertThat(isServed(",\"status\":{\"conditions\":[{\"type\":\"Established\",\"status\":\"False\"}]}"))
                .isFalse();
        assertThat(isServed(",\"status\":{\"conditions\":[{\"type\":\"NamesAccepted\",\"status\":\"True\"},"
                        + "{\"type\":\"Established\",\"status\":\"True\"}]}"))
                .isTrue();
    }
}
