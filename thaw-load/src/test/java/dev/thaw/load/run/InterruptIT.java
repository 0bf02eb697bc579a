package dev.thaw.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.load.LoadCommand;
import dev.thaw.load.run.StubServer.Behaviour;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own, interrupted as by Ctrl-C. */
@Timeout(120)
class InterruptIT {
    @TempDir
    Path directory;

    @Test
    void whatWasMeasuredIsWritten() throws Exception {
        try (StubServer server = new StubServer(i -> i < 20 ? Behaviour.ANSWER : Behaviour.STALL)) {
            Path config = Files.writeString(
                    directory.resolve("config.json"),
                    "{\"TracePath\": \"RPS\", \"RpsTarget\": 100, \"ExperimentDuration\": 5}");
            Path endpoints =
                    Files.writeString(directory.resolve("endpoints.csv"), "function,url\n*," + server.url() + "\n");
            Process process = new ProcessBuilder(
                            // Whoever runs the tests in the background has SIGINT ignored, and so would this process.
                            "env",
                            "--default-signal=INT",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            LoadCommand.class.getName(),
                            "run",
                            config.toString(),
                            "--endpoints",
                            endpoints.toString(),
                            "-o",
                            directory.resolve("out").toString(),
                            "--json")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .redirectOutput(directory.resolve("summary").toFile())
                    .start();
            try {
                await().atMost(60, TimeUnit.SECONDS).until(() -> server.requests() > 30);
                new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                        .start()
                        .waitFor();
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            } finally {
                process.destroyForcibly();
            }

            assertThat(process.exitValue()).isEqualTo(130);
            List<String> rows = Files.readAllLines(directory.resolve("out_duration_5.csv"));
            assertThat(rows).filteredOn(row -> row.contains(",ok,")).hasSize(20);
            assertThat(rows).filteredOn(row -> row.contains(",interrupted,")).hasSizeGreaterThan(10);
            assertThat(Files.readString(directory.resolve("summary"))).contains("\"ok\":20", "\"interrupted\":");
        }
    }
}
