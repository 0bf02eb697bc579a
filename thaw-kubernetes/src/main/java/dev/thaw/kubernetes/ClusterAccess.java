package dev.thaw.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which cluster is meant. */
final class ClusterAccess {
    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description =
                    "The cluster's kubeconfig; default: as kubectl finds it, or the pod's own account in a cluster.")
    private @Nullable Path kubeconfig;

    KubernetesClient connect() {
        Config config = kubeconfig == null ? Config.autoConfigure(null) : Config.fromKubeconfig(kubeconfig.toFile());
        return new KubernetesClientBuilder().withConfig(config).build();
    }
}
