package dev.thaw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code thaw dev cluster up|down|status} as a developer uses it. */
class DevClusterIT {
    @TempDir
    private Path folder;

    private record Ran(int status, String output, String errors) {}

    @Test
    void comesUpSaysSoAndGoesDown() throws IOException {
        Assumptions.assumeTrue(
                ControlPlaneBinaries.findOrBuild(System.getenv()).isPresent(),
                "needs KUBEBUILDER_ASSETS or Go to build a control plane");
        assertThat(run("status").status()).isEqualTo(1);
        Ran up = run("up", "--nodes", "2", "--json");
        try {
            assertThat(up.status()).as(up.errors()).isZero();
            JsonNode said = JsonMapper.shared().readTree(up.output());
            Config config = Config.fromKubeconfig(
                    Path.of(said.get("kubeconfig").asString()).toFile());
            try (KubernetesClient client =
                    new KubernetesClientBuilder().withConfig(config).build()) {
                assertThat(client.nodes().list().getItems()).hasSize(2);
                assertThat(client.getMasterUrl().toString())
                        .startsWith(said.get("server").asString());
            }
            Ran status = run("status");
            assertThat(status.status()).isZero();
            assertThat(status.output()).contains("kube-apiserver", "kube-scheduler", "export KUBECONFIG=");
            Ran again = run("up");
            assertThat(again.status()).isEqualTo(1);
            assertThat(again.errors())
                    .contains("runs in " + folder + " already")
                    .contains("End it first");
        } finally {
            assertThat(run("down").output()).contains("ended", "etcd", "kwok");
        }
        assertThat(run("status").status()).isEqualTo(1);
        assertThat(run("down").output()).contains("no cluster was up");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        assertThat(ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info().commandLine().orElse("").contains(folder.toString())))
                .isEmpty();
    }

    private Ran run(String verb, String... more) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            String[] command = Stream.concat(Stream.of("cluster", verb, "--dir", folder.toString()), Stream.of(more))
                    .toArray(String[]::new);
            int status = new CommandLine(new DevCommand()).execute(command);
            return new Ran(status, output.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
