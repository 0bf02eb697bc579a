package dev.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.gateway.text.Json;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** A daemon that is replaced under load, twice: no invocation fails, instances go on. */
class UpgradeIT {
    private static final Map<String, String> SETTINGS = Map.of("mode", "local", "idle", "10m");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CLIENTS = 3;

    @TempDir
    Path directory;

    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicInteger answers = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final Set<String> starts = ConcurrentHashMap.newKeySet();

    @Test
    void noInvocationFails() throws Exception {
        System.setProperty("thaw.home", Path.of("..").toRealPath().toString());
        Path data = Files.createDirectory(directory.resolve("data"));
        ChildDaemon daemon = ChildDaemon.start(data, SETTINGS);
        URI address = daemon.address();
        Client client = new Client(address);
        ObjectNode spec = Json.object();
        spec.put("name", "f");
        spec.put("image", "sample:hello-c");
        spec.put("memory_bytes", 128L << 20);
        spec.put("concurrency", 2 * CLIENTS);
        client.deploy(spec, words -> {});
        assertThat(client.invoke("f", "GET", "/", Map.of(), new byte[0]).status())
                .isEqualTo(200);
        Set<Long> vmms = awaitReady(client);

        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    executor.submit(() -> keepConnection(address));
                    executor.submit(() -> connectAnew(address));
                }
                for (int turn = 0; turn < 2; turn++) {
                    awaitAnswers(50);
                    starts.clear();
                    Future<Invocation> slow =
                            executor.submit(() -> client.invoke("f", "GET", "/sleep?ms=5000", Map.of(), new byte[0]));
                    ChildDaemon next = daemon.takenOver(SETTINGS);
                    assertThat(next.address()).isEqualTo(address);
                    assertThat(slow.get().status()).isEqualTo(200);
                    assertThat(daemon.awaitEnd()).isZero();
                    daemon = next;
                    awaitAnswers(50);
                    assertThat(failures).isEmpty();
                }
            } finally {
                stop.set(true);
            }
        }
        assertThat(failures).isEmpty();
        System.out.println(answers + " invocations during two upgrades, none failed; starts: " + starts);
        assertThat(awaitReady(client)).as("the VMMs that went on").containsAll(vmms);
        daemon.close();
        assertThat(data).doesNotExist();
        for (long vmm : vmms) {
            assertThat(ProcessHandle.of(vmm)).isEmpty();
        }
    }

    private void awaitAnswers(int more) {
        int before = answers.get();
        await().atMost(PATIENCE).until(() -> answers.get() >= before + more || !failures.isEmpty());
    }

    private static Set<Long> awaitReady(Client client) {
        return await().atMost(PATIENCE)
                .until(
                        () -> client.call("GET", "/api/v1/instances")
                                .path("instances")
                                .valueStream()
                                .filter(node -> node.path("state").stringValue().equals("ready"))
                                .map(node -> node.path("vmm_pid").longValue())
                                .collect(Collectors.toSet()),
                        ready -> !ready.isEmpty());
    }

    /** POST, which no client repeats by itself, over connections that stay for as long as the server lets them. */
    private void keepConnection(URI address) {
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpRequest request = HttpRequest.newBuilder(address.resolve("/function/f/"))
                    .timeout(PATIENCE)
                    .POST(HttpRequest.BodyPublishers.ofString("x"))
                    .build();
            while (!stop.get()) {
                HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                heard(response.statusCode(), response.body());
                response.headers().firstValue("Thaw-Start").ifPresent(starts::add);
            }
        } catch (IOException e) {
            failures.add("kept: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void connectAnew(URI address) {
        while (!stop.get()) {
            try (Socket socket = new Socket(address.getHost(), address.getPort())) {
                socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
                socket.getOutputStream()
                        .write(
                                ("POST /function/f/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
                                        .getBytes(UTF_8));
                String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
                heard(answer.startsWith("HTTP/1.1 200 ") ? 200 : 0, answer);
            } catch (IOException e) {
                failures.add("anew: " + e);
            }
        }
    }

    private void heard(int status, String text) {
        if (status == 200) {
            answers.incrementAndGet();
        } else {
            failures.add(status + " " + text);
        }
    }
}
