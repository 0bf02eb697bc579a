package dev.thaw.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.thaw.load.plan.LoaderConfigReader;
import dev.thaw.load.plan.Plan;
import dev.thaw.load.plan.Planner;
import dev.thaw.load.run.ThawServer.Deployment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server that keeps to the part of the daemon's HTTP API that deploying takes. */
class ThawServerTest {
    @TempDir
    Path directory;

    private final List<String> calls = new CopyOnWriteArrayList<>();

    @SuppressWarnings("NullAway.Init") // Set before each test.
    private HttpServer server;

    private String refused = "none";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        calls.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body);
        int status = body.contains(refused) ? 400 : 201;
        byte[] answer = (status == 400 ? "{\"detail\":\"no such image\"}" : "{}").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    @Test
    void deploysEachFunctionAndRemovesItAgain() throws IOException {
        try (ThawServer thaw = new ThawServer(uri())) {
            thaw.deploy(plan(), new Deployment("sample:trace", 0, 2, 1, Duration.ofSeconds(90)));

            assertThat(calls)
                    .containsExactly(
                            // 152 MiB at most and 96 MiB for the function itself; 235; 382; 113; to the next even
                            // number.
                            post("trace-func-0-c13acdc7567b225971", (152 + 96) << 20),
                            post("trace-func-1-a2faad786b3c813b12", (236 + 96) << 20),
                            post("trace-func-2-7dc5aeabc131669912", (382 + 96) << 20),
                            post("trace-func-3-ae8a1640fa932024f5", (114 + 96) << 20));
            calls.clear();
        }
        assertThat(calls)
                .containsExactly(
                        "DELETE /api/v1/functions/trace-func-0-c13acdc7567b225971 ",
                        "DELETE /api/v1/functions/trace-func-1-a2faad786b3c813b12 ",
                        "DELETE /api/v1/functions/trace-func-2-7dc5aeabc131669912 ",
                        "DELETE /api/v1/functions/trace-func-3-ae8a1640fa932024f5 ");
    }

    @Test
    void whenOneIsRefusedTheOthersAreRemoved() throws IOException {
        refused = "trace-func-2";
        ThawServer thaw = new ThawServer(uri());

        assertThatThrownBy(() ->
                        thaw.deploy(plan(), new Deployment("sample:trace", 1 << 28, 1, 1, Duration.ofSeconds(90))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("trace-func-2-7dc5aeabc131669912 was not deployed")
                .hasMessageContaining("status 400, {\"detail\":\"no such image\"}");

        assertThat(calls).hasSize(5).last().asString().startsWith("DELETE /api/v1/functions/trace-func-1");
        assertThat(calls.getFirst()).contains("\"memory_bytes\":268435456");
    }

    @Test
    void knowsWhereAFunctionAnswers() {
        Target target = Targets.ofServer(Target.parse("http://127.0.0.1:8080")).of("f");

        assertThat(target).isEqualTo(new Target("127.0.0.1", 8080, "f.thaw", "/function/f/"));
    }

    private static String post(String name, int memoryBytes) {
        return "POST /api/v1/functions {\"name\":\"" + name + "\",\"image\":\"sample:trace\",\"memory_bytes\":"
                + memoryBytes + ",\"cpus\":2,\"concurrency\":1,\"timeout_ms\":90000}";
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private Plan plan() throws IOException {
        return Planner.plan(LoaderConfigReader.read(Files.writeString(
                directory.resolve("config.json"),
                Files.readString(Path.of("../traces/cold-start.json")).replace("\"traces/", "\"../traces/"))));
    }
}
