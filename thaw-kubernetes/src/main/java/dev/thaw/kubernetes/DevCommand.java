package dev.thaw.kubernetes;

import dev.thaw.kubernetes.cluster.ClusterOptions;
import dev.thaw.kubernetes.cluster.ControlPlane;
import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import dev.thaw.kubernetes.cluster.ControlPlaneException;
import dev.thaw.kubernetes.cluster.FakeNodes;
import dev.thaw.kubernetes.cluster.Manifests;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code thaw dev cluster up|down|status}: a real control plane on loopback for developers. */
@Command(
        name = "dev",
        mixinStandardHelpOptions = true,
        description = "For developers of Thaw.",
        subcommands = DevCommand.Cluster.class,
        footer = {"", "Example:", "  thaw dev cluster up --nodes 10"})
public final class DevCommand {

    /** The subcommands' parent. */
    @Command(
            name = "cluster",
            mixinStandardHelpOptions = true,
            description = "etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok on loopback.",
            footer = {"", "Example:", "  thaw dev cluster up --nodes 10"})
    public static final class Cluster {
        /** Finds or builds the programs, starts the cluster and prints its kubeconfig. */
        @Command(
                name = "up",
                mixinStandardHelpOptions = true,
                description = "Start a cluster; print its kubeconfig's path.")
        int up(
                @Mixin Place place,
                @Option(
                                names = "--nodes",
                                defaultValue = "3",
                                description = "Nodes kept by kwok; default ${DEFAULT-VALUE}.")
                        int nodes,
                @Option(
                                names = "--extender",
                                defaultValue = "http://127.0.0.1:22080",
                                description =
                                        "Where the scheduler looks for `thaw extender`; default ${DEFAULT-VALUE}.")
                        String extender) {
            try {
                Optional<ControlPlaneBinaries> binaries = ControlPlaneBinaries.findOrBuild(System.getenv());
                if (binaries.isEmpty()) {
                    System.err.println(
                            "neither KUBEBUILDER_ASSETS nor Go (1.26 or later, in PATH or /usr/local/go) is here; install Go to have the programs built");
                    return 1;
                }
                ControlPlane plane = ControlPlane.start(
                        binaries.get(),
                        new ClusterOptions(
                                place.folder(), Optional.of(Manifests.schedulerConfiguration(extender)), false));
                prepare(plane, nodes);
                System.out.println(
                        place.json
                                ? json(Map.of(
                                        "kubeconfig",
                                        plane.kubeconfig().toString(),
                                        "server",
                                        plane.apiServer(),
                                        "kubectl",
                                        binaries.get().program("kubectl").toString()))
                                : "export KUBECONFIG=" + plane.kubeconfig());
                return 0;
            } catch (ControlPlaneException e) {
                System.err.println(e.getMessage());
                return 1;
            }
        }

        private static void prepare(ControlPlane plane, int nodes) {
            try (KubernetesClient client = client(plane.kubeconfig())) {
                for (String name : List.of("crd.yaml", "rbac.yaml", "admission.yaml")) {
                    client.load(new java.io.ByteArrayInputStream(
                                    Manifests.read(name).getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                            .serverSideApply();
                }
                for (int i = 0; i < nodes; i++) {
                    client.nodes()
                            .resource(FakeNodes.node("node-%03d".formatted(i), 16, 64L << 30))
                            .create();
                }
            } catch (RuntimeException e) {
                plane.close();
                throw e;
            }
        }

        /** Ends what up started, also after a crash. */
        @Command(name = "down", mixinStandardHelpOptions = true, description = "End the cluster and remove its data.")
        int down(@Mixin Place place) {
            try {
                List<String> running = ControlPlane.running(place.folder());
                ControlPlane.down(place.folder());
                System.out.println(
                        place.json
                                ? json(Map.of("ended", running))
                                : running.isEmpty() ? "no cluster was up" : "ended " + String.join(", ", running));
                return 0;
            } catch (IOException | ControlPlaneException e) {
                System.err.println(e.getMessage());
                return 1;
            }
        }

        /** Exits with 0 while the cluster is up, else with 1. */
        @Command(name = "status", mixinStandardHelpOptions = true, description = "Say what runs.")
        int status(@Mixin Place place) {
            try {
                List<String> running = ControlPlane.running(place.folder());
                System.out.println(
                        place.json
                                ? json(Map.of(
                                        "running",
                                        running,
                                        "kubeconfig",
                                        ControlPlane.kubeconfig(place.folder()).toString()))
                                : running.isEmpty()
                                        ? "no cluster is up"
                                        : String.join("\n", running) + "\nexport KUBECONFIG="
                                                + ControlPlane.kubeconfig(place.folder()));
                return running.isEmpty() ? 1 : 0;
            } catch (IOException | ControlPlaneException e) {
                System.err.println(e.getMessage());
                return 1;
            }
        }

        private static KubernetesClient client(Path kubeconfig) {
            return new KubernetesClientBuilder()
                    .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
                    .build();
        }

        private static String json(Object document) {
            return JsonMapper.shared().writeValueAsString(document);
        }
    }

    static final class Place {
        @Option(
                names = "--dir",
                description =
                        "The cluster's folder; default ''$XDG_STATE_HOME/thaw/cluster'' or ''~/.local/state/thaw/cluster''.")
        private @Nullable Path dir;

        @Option(names = "--json", description = "One JSON document.")
        private boolean json;

        Path folder() {
            if (dir != null) {
                return dir.toAbsolutePath();
            }
            String state = System.getenv("XDG_STATE_HOME");
            Path base = state == null || state.isBlank()
                    ? Path.of(System.getProperty("user.home"), ".local", "state")
                    : Path.of(state);
            return base.resolve("thaw").resolve("cluster");
        }
    }
}
