package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.cluster.Manifests;
import dev.thaw.kubernetes.extender.Extender;
import org.jspecify.annotations.Nullable;

/** What the scheduler is configured with for each contestant. */
final class SchedulerConfigurations {
    private SchedulerConfigurations() {}

    /** Thaw's own policies run in the profile that users get; the others in the default one under the same name. */
    static String of(Contestant contestant, @Nullable Extender extender) {
        if (extender == null) {
            return plain();
        }
        String url = "http://127.0.0.1:" + extender.address().getPort();
        if (contestant.extenderWeight() == 1) {
            return Manifests.schedulerConfiguration(url);
        }
        return plain() + """
                extenders:
                - urlPrefix: %s
                  prioritizeVerb: prioritize
                  weight: %d
                  nodeCacheCapable: true
                  ignorable: true
                  httpTimeout: 500ms
                """.formatted(url, contestant.extenderWeight());
    }

    private static String plain() {
        return """
                apiVersion: kubescheduler.config.k8s.io/v1
                kind: KubeSchedulerConfiguration
                leaderElection:
                  leaderElect: false
                profiles:
                - schedulerName: thaw
                """;
    }
}
