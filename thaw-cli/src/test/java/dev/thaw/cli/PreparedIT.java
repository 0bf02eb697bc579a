package dev.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.gateway.text.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A whole daemon with VMMs standing by, and its death among them. */
class PreparedIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern PREPARED = Pattern.compile("prepared-[0-9a-f]{8}");

    @TempDir
    Path directory;

    private Path run;
    private ChildDaemon daemon;
    private Client client;

    @BeforeEach
    void start() throws Exception {
        System.setProperty("thaw.home", Path.of("..").toRealPath().toString());
        Files.createDirectory(directory.resolve("data"));
        run = Files.createTempDirectory(Path.of("/tmp"), "thaw");
        open();
    }

    private void open() {
        daemon = ChildDaemon.start(
                directory.resolve("data"),
                Map.of("mode", "local", "idle", "10m", "prepared", "2", "run", run.toString()));
        client = new Client(daemon.address());
    }

    @AfterEach
    void end() {
        daemon.close();
        assertThat(run).doesNotExist();
    }

    @Test
    void thawsInPreparedVmmsAndLeavesNoneBehind() throws Exception {
        ObjectNode spec = Json.object();
        spec.put("name", "f");
        spec.put("image", "sample:hello-c");
        spec.put("memory_bytes", 128L << 20);
        client.deploy(spec, words -> {});
        awaitStanding(2);
        assertThat(invoke()).isEqualTo("boot");
        await().atMost(PATIENCE)
                .until(() -> client.call("GET", "/api/v1/snapshots")
                                .path("snapshots")
                                .size()
                        == 1);
        for (int turn = 0; turn < 3; turn++) {
            retireAll();
            awaitStanding(2);
            assertThat(invoke()).isEqualTo("thaw-local");
            assertThat(client.call("GET", "/api/v1/functions/f/explain")
                            .path("starts")
                            .get(0)
                            .path("reason")
                            .stringValue())
                    .contains("in a prepared VMM");
        }
        assertThat(metric("taken")).isEqualTo(3);
        awaitStanding(2);

        List<ProcessHandle> processes = daemonProcess().descendants().toList();
        long kept = instance().path("vmm_pid").longValue();
        daemon.kill();
        await("the end of all VMMs but the one that is left to the next daemon")
                .atMost(PATIENCE)
                .until(() -> processes.stream().filter(ProcessHandle::isAlive).count() == 2);
        assertThat(ProcessHandle.of(kept)).isPresent();

        open();
        assertThat(instance().path("vmm_pid").longValue()).isEqualTo(kept);
        assertThat(invoke()).isEqualTo("warm");
        awaitStanding(2);
        try (Stream<Path> entries = Files.list(run)) {
            assertThat(entries.map(path -> path.getFileName().toString()).filter(PREPARED.asMatchPredicate()))
                    .hasSize(2);
        }
        retireAll();
        assertThat(invoke()).isEqualTo("thaw-local");
    }

    private ProcessHandle daemonProcess() {
        return ProcessHandle.current()
                .children()
                .filter(process -> process.descendants().count() > 0)
                .findFirst()
                .orElseThrow();
    }

    private String invoke() {
        Invocation invocation = client.invoke("f", "GET", "/", Map.of(), new byte[0]);
        assertThat(invocation.status())
                .as(() -> new String(invocation.body(), UTF_8))
                .isEqualTo(200);
        return invocation.start();
    }

    private void retireAll() {
        await().atMost(PATIENCE).until(() -> {
            client.call("POST", "/api/v1/functions/f/retire?all=true");
            return client.call("GET", "/api/v1/instances").path("instances").isEmpty();
        });
    }

    private JsonNode instance() {
        return client.call("GET", "/api/v1/instances").path("instances").get(0);
    }

    private void awaitStanding(long count) {
        await().atMost(PATIENCE).until(() -> metric("standing") == count);
    }

    private long metric(String name) throws Exception {
        String text;
        try (var answer = daemon.address().resolve("/metrics").toURL().openStream()) {
            text = new String(answer.readAllBytes(), UTF_8);
        }
        Matcher value =
                Pattern.compile("(?m)^thaw_prepared_" + name + "\\{.*} (\\S+)$").matcher(text);
        assertThat(value.find()).as(name).isTrue();
        return Math.round(Double.parseDouble(value.group(1)));
    }
}
