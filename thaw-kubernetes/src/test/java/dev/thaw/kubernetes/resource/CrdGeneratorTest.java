package dev.thaw.kubernetes.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.kubernetes.cluster.Manifests;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class CrdGeneratorTest {
    @Test
    void theManifestIsWhatIsGenerated() throws IOException {
        assertThat(Manifests.read("crd.yaml"))
                .as("deploy/kubernetes/crd.yaml is old; write it with CrdGenerator")
                .isEqualTo(CrdGenerator.generate());
    }

    @Test
    void theSecondSchedulerHasTheProfileOfTheOwnProfile() {
        String profile = Manifests.read("scheduler-profile.yaml");
        String wanted = profile.substring(profile.indexOf("- schedulerName: thaw"), profile.indexOf("extenders:"))
                .indent(4);
        assertThat(Manifests.read("second-scheduler.yaml")).contains(wanted);
    }
}
