package dev.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.gateway.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** VMMs and whole daemons that are killed: clients get the right answer, the next invocation is served, nothing is left. */
class FaultsIT {
    private static final Map<String, String> SETTINGS = Map.of("mode", "remote", "idle", "10m");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Path data;
    private ChildDaemon daemon;
    private Client client;
    private ExecutorService executor;

    @BeforeEach
    void start() throws Exception {
        System.setProperty("thaw.home", Path.of("..").toRealPath().toString());
        data = Files.createDirectory(directory.resolve("data"));
        executor = Executors.newVirtualThreadPerTaskExecutor();
        open();
        deploy("f");
    }

    private void deploy(String function) {
        ObjectNode spec = Json.object();
        spec.put("name", function);
        spec.put("image", "sample:hello-c");
        spec.put("memory_bytes", 128L << 20);
        client.deploy(spec, words -> {});
    }

    private void open() {
        daemon = ChildDaemon.start(data, SETTINGS);
        client = new Client(daemon.address());
    }

    @AfterEach
    void end() throws Exception {
        executor.shutdownNow();
        daemon.close();
        await().atMost(PATIENCE).until(() -> processesOf(data).isEmpty());
        assertThat(data).doesNotExist();
    }

    @Test
    void aVmmKilledBeforeDuringAndAfterAnInvocation() throws Exception {
        assertThat(invoke("/").status()).isEqualTo(200);

        killVmm(ready());
        assertThat(invoke("/").status()).as("right after the VMM was killed").isEqualTo(200);

        Future<Invocation> during = invokeLater("/sleep?ms=20000");
        JsonNode busy = await().atMost(PATIENCE)
                .until(() -> instance(node -> node.path("in_flight").intValue() == 1), Optional::isPresent)
                .orElseThrow();
        killVmm(busy);
        Invocation broken = during.get();
        assertThat(broken.status()).isEqualTo(502);
        assertThat(new String(broken.body(), UTF_8)).contains("signal 9");
        assertThat(invoke("/").status()).isEqualTo(200);

        killVmm(ready());
        await().atMost(PATIENCE).until(() -> instances().isEmpty());
        assertThat(invoke("/").status()).as("after the death was noticed").isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"booting", "freezing", "thawing"})
    void aDaemonKilledWhileItWorks(String state) throws Exception {
        boolean caught = false;
        if (state.equals("thawing")) {
            assertThat(invoke("/").status()).isEqualTo(200);
            await().atMost(PATIENCE)
                    .until(() -> client.call("GET", "/api/v1/snapshots")
                                    .path("snapshots")
                                    .size()
                            == 1);
            await().atMost(PATIENCE)
                    .until(() -> instance(node -> isIn(node, "ready")).isPresent());
            killVmm(ready());
            await().atMost(PATIENCE).until(() -> instances().isEmpty());
        }
        Future<Invocation> first = invokeLater("/");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!caught && System.nanoTime() < deadline) {
            caught = instance(node -> isIn(node, state)).isPresent();
        }
        daemon.kill();
        assertThat(caught).as("an instance was seen " + state).isTrue();
        if (!state.equals("freezing")) {
            assertThat(first).as("an invocation whose daemon is gone").failsWithin(PATIENCE);
        }
        if (!state.equals("freezing")) {
            // The holders of its mounts wait for the next daemon.
            await("the end of the dead daemon's VMMs")
                    .atMost(PATIENCE)
                    .until(() -> processesOf(data).stream().allMatch(line -> line.contains("/lazy-holder ")));
        }

        open();
        // One that had just gone on after its freeze, or had not begun it, is well.
        assertThat(instances().valueStream()).allMatch(node -> state.equals("freezing") && isIn(node, "ready"));
        Invocation next = invoke("/");
        assertThat(next.status()).as(() -> new String(next.body(), UTF_8)).isEqualTo(200);
        await().atMost(PATIENCE).until(() -> {
            client.call("POST", "/api/v1/functions/f/retire?all=true");
            return instances().isEmpty();
        });
        assertThat(invoke("/").status()).isEqualTo(200);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(unfinishedFiles()).isEmpty());
    }

    @Test
    void instancesThatAreWellOutliveTheirDaemon() throws Exception {
        deploy("dies");
        deploy("busy");
        for (String function : List.of("f", "dies", "busy")) {
            assertThat(invoke(function, "/").status()).isEqualTo(200);
        }
        await().atMost(PATIENCE).until(() -> instances().valueStream().allMatch(node -> isIn(node, "ready")));
        // An instance is ready before its snapshot is.
        await().atMost(PATIENCE)
                .until(() -> client.call("GET", "/api/v1/snapshots")
                                .path("snapshots")
                                .size()
                        == 3);
        JsonNode well = instanceOf("f");
        JsonNode dies = instanceOf("dies");
        JsonNode busy = instanceOf("busy");
        Future<Invocation> broken = invokeLater("busy", "/sleep?ms=60000");
        await().atMost(PATIENCE)
                .until(() -> instanceOf("busy").path("in_flight").intValue() == 1);
        daemon.kill();
        assertThat(broken).failsWithin(PATIENCE);
        killVmm(dies);

        open();
        assertThat(instances()).hasSize(1);
        assertThat(instanceOf("f").path("vmm_pid")).isEqualTo(well.path("vmm_pid"));
        Invocation warm = invoke("f", "/");
        assertThat(warm.status()).isEqualTo(200);
        assertThat(warm.start()).isEqualTo("warm");
        for (String function : List.of("dies", "busy")) {
            Invocation cold = invoke(function, "/");
            assertThat(cold.status()).isEqualTo(200);
            assertThat(cold.start())
                    .as(() -> client.call("GET", "/api/v1/functions/" + function + "/explain")
                            .toString())
                    .isEqualTo("thaw-local");
        }
        for (JsonNode removed : List.of(dies, busy)) {
            assertThat(ProcessHandle.of(removed.path("vmm_pid").longValue())).isEmpty();
        }
    }

    private JsonNode instanceOf(String function) {
        return instance(node -> node.path("function").stringValue().equals(function))
                .orElseThrow();
    }

    /** Files on their way that nobody works on any more; the one instance that runs has none. */
    private List<Path> unfinishedFiles() throws IOException {
        List<Path> unfinished = new ArrayList<>();
        await().atMost(PATIENCE)
                .until(() -> instance(node -> isIn(node, "ready")).isPresent());
        await().atMost(PATIENCE)
                .until(() -> client.call("GET", "/api/v1/snapshots")
                                .path("snapshots")
                                .size()
                        == 1);
        try (Stream<Path> files = Files.walk(data)) {
            files.filter(file -> file.getFileName().toString().endsWith(".tmp")
                            || file.getFileName().toString().startsWith("frozen-"))
                    .forEach(unfinished::add);
        }
        return unfinished;
    }

    private static boolean isIn(JsonNode instance, String state) {
        return instance.path("state").stringValue().equals(state);
    }

    private Invocation invoke(String path) {
        return invoke("f", path);
    }

    private Invocation invoke(String function, String path) {
        return client.invoke(function, "GET", path, Map.of(), new byte[0]);
    }

    private Future<Invocation> invokeLater(String path) {
        return invokeLater("f", path);
    }

    private Future<Invocation> invokeLater(String function, String path) {
        Callable<Invocation> call = () -> invoke(function, path);
        return executor.submit(call);
    }

    private JsonNode instances() {
        return client.call("GET", "/api/v1/instances").path("instances");
    }

    private Optional<JsonNode> instance(Predicate<JsonNode> condition) {
        return instances().valueStream().filter(condition).findFirst();
    }

    private JsonNode ready() {
        return await().atMost(PATIENCE)
                .until(() -> instance(node -> isIn(node, "ready")), Optional::isPresent)
                .orElseThrow();
    }

    private static void killVmm(JsonNode instance) {
        ProcessHandle.of(instance.path("vmm_pid").longValue()).orElseThrow().destroyForcibly();
    }

    /** Processes whose command line names the folder: the daemon, its launchers and their VMMs. */
    private static List<String> processesOf(Path folder) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : entries.filter(
                            path -> path.getFileName().toString().matches("\\d+"))
                    .toList()) {
                try {
                    String line = Files.readString(entry.resolve("cmdline"), UTF_8);
                    if (line.contains(folder.toString())
                            && !entry.getFileName()
                                    .toString()
                                    .equals(Long.toString(
                                            ProcessHandle.current().pid()))) {
                        found.add(line.replace('\0', ' '));
                    }
                } catch (IOException e) {
                    // It ended while we looked.
                }
            }
        }
        return found;
    }
}
