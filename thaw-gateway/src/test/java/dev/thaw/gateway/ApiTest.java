package dev.thaw.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.thaw.gateway.text.Json;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The API over real HTTP. */
class ApiTest {
    @TempDir
    Path folder;

    private DaemonFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = fixture("local");
    }

    private DaemonFixture fixture(String mode) throws Exception {
        return new DaemonFixture(
                folder,
                Map.of("hello", new WebFunction((request, memory, connection) -> {
                    var response = WebFunction.empty(200);
                    response.setEntity(new StringEntity("hello"));
                    return response;
                })),
                Map.of("mode", mode));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private void awaitSnapshot() {
        await().until(() ->
                !fixture.json(fixture.get("/api/v1/snapshots")).get("snapshots").isEmpty());
        await().until(() -> fixture.get("/api/v1/instances").body().contains("\"ready\""));
    }

    @Test
    void aFunctionIsDeployedShownAndDeleted() throws Exception {
        HttpResponse<String> created = fixture.post("/api/v1/functions", """
                {"name": "hello", "image": "hello", "memory_bytes": 67108864, "env": {"A": "b"}, "args": ["x"],
                 "concurrency": 2, "idle_ms": 1500, "timeout_ms": 2500.5, "domain": "team"}""");
        assertThat(created.statusCode()).isEqualTo(201);
        JsonNode function = fixture.json(fixture.get("/api/v1/functions/hello"));
        assertThat(function).isEqualTo(fixture.json(created));
        assertThat(function.get("revision").stringValue()).isEqualTo("hello-00001");
        assertThat(function.get("idle_ms").doubleValue()).isEqualTo(1500);
        assertThat(function.get("timeout_ms").doubleValue()).isEqualTo(2500.5);
        assertThat(function.get("command").toString()).isEqualTo("[\"hello\",\"x\"]");
        var process = fixture.daemon
                .functions()
                .find("hello")
                .orElseThrow()
                .revision()
                .process();
        assertThat(process.stopSignal()).isEqualTo(2);
        assertThat(process.user()).isEqualTo("nobody");
        assertThat(process.environment())
                .contains(
                        "LANG=C",
                        "A=b",
                        "PORT=8080",
                        "K_SERVICE=hello",
                        "K_CONFIGURATION=hello",
                        "K_REVISION=hello-00001");
        assertThat(fixture.json(fixture.get("/api/v1/functions")).get("functions"))
                .hasSize(1);
        HttpResponse<String> gone =
                fixture.send(fixture.request("/api/v1/functions/hello").DELETE());
        assertThat(gone.statusCode()).isEqualTo(200);
        assertThat(fixture.get("/api/v1/functions/hello").statusCode()).isEqualTo(404);
        assertThat(fixture.get("/function/hello").statusCode()).isEqualTo(404);
    }

    @Test
    void progressIsToldLineByLine() throws Exception {
        HttpResponse<Stream<String>> response = fixture.http.send(
                fixture.request("/api/v1/functions")
                        .header("Accept", "application/x-ndjson")
                        .POST(BodyPublishers.ofString("{\"name\": \"hello\", \"image\": \"hello\"}"))
                        .build(),
                BodyHandlers.ofLines());
        List<String> lines = response.body().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).isEqualTo("{\"progress\":\"looking the image up\"}");
        assertThat(Json.read(lines.getLast().getBytes(UTF_8))
                        .get("function")
                        .get("revision")
                        .stringValue())
                .isEqualTo("hello-00001");
    }

    @Test
    void functionsOutliveTheDaemon() throws Exception {
        fixture.deploy("hello", "hello", "");
        fixture.deploy("hello", "hello", ", \"concurrency\": 7");
        JsonNode before = fixture.json(fixture.get("/api/v1/functions/hello"));
        fixture.close();
        fixture = fixture("local");
        JsonNode after = fixture.json(fixture.get("/api/v1/functions/hello"));
        assertThat(after).isEqualTo(before);
        assertThat(after.get("revision").stringValue()).isEqualTo("hello-00002");
        assertThat(fixture.get("/function/hello").body()).isEqualTo("hello");
    }

    @Test
    void aFileThatIsNoFunctionIsLeftOutAndLeftThere() throws Exception {
        fixture.deploy("hello", "hello", "");
        fixture.close();
        Path broken = folder.resolve("functions/broken.json");
        Files.writeString(broken, "{\"version\": 1, ");
        fixture = fixture("local");
        assertThat(fixture.json(fixture.get("/api/v1/functions")).get("functions"))
                .hasSize(1);
        assertThat(broken).exists();
    }

    @Test
    void twoDaemonsDoNotShareAFolder() {
        assertThatThrownBy(() -> fixture("local"))
                .hasMessageContaining("Another daemon uses")
                .hasMessageContaining("--data");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"image": "hello"}                                         | The field 'name' is missing.
            {"name": "hello"}                                          | The field 'image' is missing.
            {"name": "Hello", "image": "x"}                            | Not a function's name: 'Hello'.
            {"name": "-a", "image": "x"}                               | Not a function's name: '-a'.
            {"name": "a", "image": " "}                                | The image is missing.
            {"name": "a", "image": "x", "memroy_bytes": 1}             | Unknown field 'memroy_bytes'. Did you mean 'memory_bytes'?
            {"name": "a", "image": "x", "memory_bytes": "256MiB"}      | The field 'memory_bytes' must be a whole number.
            {"name": "a", "image": "x", "memory_bytes": 1000}          | it must be from 64MiB to 64GiB and a multiple of 2MiB
            {"name": "a", "image": "x", "cpus": 0}                     | CPUs are 0
            {"name": "a", "image": "x", "cpus": 99999999999}           | The field 'cpus' is out of range
            {"name": "a", "image": "x", "port": 0}                     | The port is 0
            {"name": "a", "image": "x", "concurrency": 0}              | Concurrency is 0
            {"name": "a", "image": "x", "min": 3, "max": 2}            | Instances are at least 3 and at most 2
            {"name": "a", "image": "x", "idle_ms": -1}                 | The field 'idle_ms' is -1.0
            {"name": "a", "image": "x", "timeout_ms": 0}               | The idle time is PT1M and the timeout PT0S
            {"name": "a", "image": "x", "env": {"PORT": "1"}}          | The variable PORT is set by Thaw itself
            {"name": "a", "image": "x", "env": {"A": 1}}               | The field 'env' must be an object of texts.
            {"name": "a", "image": "x", "env": ["A=b"]}                | The field 'env' must be an object of texts.
            {"name": "a", "image": "x", "args": "b"}                   | The field 'args' must be a list of texts.
            {"name": "a", "image": "x", "snapshot": "no"}              | The field 'snapshot' must be true or false.
            {"name": "a", "image": "x", "egress": "nome"}              | Not an egress: 'nome'. Did you mean 'none'?
            {"name": "a", "image": "x", "egress": "all"}               | Not an egress: 'all'. It is one of none, internet.
            {"name": "a", "image": "x", "domain": "A B"}               | Not a trust domain: 'A B'.
            {"name": "a", "image": "x", "kernel": "boot/vmlinuz"}      | The kernel's path must be absolute
            {"name": "a", "name": "b", "image": "x"}                   | This is not JSON that can be read
            {"name": "a"                                               | This is not JSON that can be read
            []                                                         | A JSON object is expected
            """)
    void wrongSpecificationsAreRefusedWithWhatToDo(String body, String message) throws Exception {
        HttpResponse<String> response = fixture.post("/api/v1/functions", body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(fixture.json(response).get("detail").stringValue()).contains(message);
        assertThat(fixture.daemon.functions().list()).isEmpty();
    }

    @Test
    void anImageThatCannotBeHadLeavesTheFunctionAsItWas() throws Exception {
        fixture.deploy("hello", "hello", "");
        HttpResponse<String> response =
                fixture.post("/api/v1/functions", "{\"name\": \"hello\", \"image\": \"missing\"}");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).contains("There is no image 'missing'.");
        assertThat(fixture.json(fixture.get("/api/v1/functions/hello"))
                        .get("revision")
                        .stringValue())
                .isEqualTo("hello-00001");
    }

    @Test
    void startsAreExplained() throws Exception {
        fixture.deploy("hello", "hello", "");
        fixture.get("/function/hello");
        awaitSnapshot();
        fixture.post("/api/v1/functions/hello/retire", "");
        await().until(() ->
                fixture.json(fixture.get("/api/v1/instances")).get("instances").isEmpty());
        fixture.get("/function/hello");
        await().until(() -> fixture.json(fixture.get("/api/v1/functions/hello/explain"))
                        .get("starts")
                        .size()
                == 2);
        JsonNode explained = fixture.json(fixture.get("/api/v1/functions/hello/explain"));
        JsonNode last = explained.get("starts").get(0);
        assertThat(last.get("start").stringValue()).isEqualTo("thaw-local");
        assertThat(last.get("reason").stringValue()).startsWith("the snapshot was on the worker, thawed in a ");
        assertThat(last.get("phases_ms").propertyNames())
                .containsExactly("admit", "resolve", "vmm", "load", "resume", "renew");
        assertThat(explained.get("starts").get(1).get("start").stringValue()).isEqualTo("boot");
        assertThat(explained.get("freezes")).hasSize(1);
    }

    @Test
    void snapshotsAreListedInspectedDroppedAndDeleted() throws Exception {
        fixture.deploy("hello", "hello", "");
        fixture.get("/function/hello");
        awaitSnapshot();
        JsonNode inspected = fixture.json(fixture.get("/api/v1/snapshots/hello-00001"))
                .get("snapshots")
                .get(0);
        assertThat(inspected.get("parts")).hasSize(3);
        assertThat(inspected.get("fit").get("sandbox").stringValue()).isEqualTo("memory-none");
        assertThat(inspected.get("workers").toString()).isEqualTo("[\"worker-0\"]");
        JsonNode cache = fixture.json(fixture.get("/api/v1/workers/worker-0/cache"));
        assertThat(cache.get("snapshots").get(0).get("revision").stringValue()).isEqualTo("hello-00001");
        assertThat(fixture.get("/api/v1/snapshots/helo-00001").body()).contains("Did you mean 'hello-00001'?");
        HttpResponse<String> deleted =
                fixture.send(fixture.request("/api/v1/snapshots/hello-00001").DELETE());
        assertThat(fixture.json(deleted).get("deleted")).hasSize(1);
        assertThat(fixture.json(fixture.get("/api/v1/snapshots")).get("snapshots"))
                .isEmpty();
        HttpResponse<String> again = fixture.post("/api/v1/functions/hello/freeze", "");
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(fixture.json(again).get("logical_bytes").longValue()).isPositive();
        assertThat(fixture.json(fixture.post("/api/v1/workers/worker-0/cache/pin?snapshot=hello-00001", ""))
                        .get("pinned")
                        .intValue())
                .isEqualTo(1);
        assertThat(fixture.json(fixture.post("/api/v1/workers/worker-0/cache/drop", ""))
                        .get("dropped")
                        .intValue())
                .isEqualTo(1);
    }

    @Test
    void theStoreIsLookedAfter() throws Exception {
        assertThat(fixture.get("/api/v1/store").statusCode()).isEqualTo(409);
        assertThat(fixture.get("/api/v1/store").body()).contains("Only in the mode remote is there a store.");
        fixture.close();
        fixture = fixture("remote");
        fixture.deploy("hello", "hello", "");
        assertThat(fixture.get("/function/hello/").statusCode()).isEqualTo(200);
        await().until(() ->
                !fixture.json(fixture.get("/api/v1/store")).get("functions").isEmpty());
        JsonNode usage = fixture.json(fixture.get("/api/v1/store"));
        assertThat(usage.get("functions").get(0).get("name").stringValue()).isEqualTo("hello");
        assertThat(usage.get("stored_bytes").longValue()).isPositive();
        JsonNode check = fixture.json(fixture.post("/api/v1/store/check", ""));
        assertThat(check.get("snapshots").intValue()).isEqualTo(1);
        assertThat(check.get("findings").isEmpty()).isTrue();
        JsonNode kept = fixture.json(fixture.post("/api/v1/snapshots/hello-00001/pin", ""));
        assertThat(kept.get("pinned")).hasSize(1);
        JsonNode surplus = fixture.json(fixture.post("/api/v1/store/collect?grace=3h&max_age=0s&dry_run=true", ""));
        assertThat(surplus.get("withdrawn")).isEmpty();
        JsonNode released = fixture.json(fixture.post("/api/v1/snapshots/hello-00001/pin?keep=false", ""));
        assertThat(released.get("released")).hasSize(1);
        assertThat(fixture.post("/api/v1/store/collect?max_count=none", "").body())
                .contains("not a number");
        JsonNode collected = fixture.json(fixture.post("/api/v1/store/collect?grace=3h&dry_run=true", ""));
        assertThat(collected.get("deleted").intValue()).isZero();
        assertThat(fixture.post("/api/v1/store/collect?grace=1s", "").body()).contains("shorter than a publication");
        assertThat(fixture.post("/api/v1/store/collect?grase=3h", "").body()).contains("Did you mean 'grace'?");
    }

    @Test
    void aFreezeWithoutAnInstanceIsRefused() throws Exception {
        fixture.deploy("hello", "hello", "");
        HttpResponse<String> response = fixture.post("/api/v1/functions/hello/freeze", "");
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(response.body()).contains("Invoke the function first");
    }

    @Test
    void eventsComeAsTheyHappen() throws Exception {
        fixture.deploy("hello", "hello", "");
        HttpResponse<InputStream> response =
                fixture.http.send(fixture.request("/api/v1/events?past=true").build(), BodyHandlers.ofInputStream());
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
            fixture.get("/function/hello");
            List<String> types = new ArrayList<>();
            while (!types.contains("snapshot.frozen")) {
                String line = reader.readLine();
                assertThat(line).isNotNull();
                if (line.startsWith("event: ")) {
                    types.add(line.substring("event: ".length()));
                }
            }
            assertThat(types).contains("function.deployed", "instance.started");
        }
    }

    @Test
    void metricsCountWhatHappened() throws Exception {
        fixture.deploy("hello", "hello", "");
        fixture.get("/function/hello");
        fixture.get("/function/hello");
        fixture.get("/function/nothing");
        await().until(() -> fixture.get("/metrics").body().contains("thaw_freezes_total{worker=\"worker-0\"} 1.0"));
        String metrics = fixture.get("/metrics").body();
        assertThat(metrics)
                .contains("thaw_starts_total{kind=\"boot\",worker=\"worker-0\"} 1.0")
                .contains("thaw_invocations_total{function=\"hello\",start=\"boot\",status=\"2xx\"} 1.0")
                .contains("thaw_start_phase_seconds_bucket{kind=\"boot\",phase=\"vmm\"")
                .contains("thaw_instances{state=\"ready\",worker=\"worker-0\"} 1.0")
                .contains("thaw_cache_snapshots{worker=\"worker-0\"} 1.0");
    }

    @Test
    void healthReadinessAndUnknownPlaces() throws Exception {
        assertThat(fixture.get("/healthz").statusCode()).isEqualTo(200);
        assertThat(fixture.get("/readyz").statusCode()).isEqualTo(200);
        HttpResponse<String> nothing = fixture.get("/api/v1/function");
        assertThat(nothing.statusCode()).isEqualTo(404);
        assertThat(nothing.body()).contains("Did you mean '/api/v1/functions'?");
        HttpResponse<String> method =
                fixture.send(fixture.request("/api/v1/functions").PUT(BodyPublishers.noBody()));
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("Allow")).contains("GET, POST");
        assertThat(fixture.get("/api/v1/functions?nmae=x").body()).contains("Unknown parameter 'nmae'.");
    }
}
