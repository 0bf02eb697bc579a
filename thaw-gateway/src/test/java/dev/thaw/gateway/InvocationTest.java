package dev.thaw.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.gateway.http.Trailers;
import dev.thaw.guest.FunctionExit;
import dev.thaw.sandbox.MemoryFunction;
import dev.thaw.sandbox.MemorySandboxProvider.Operation;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxExit;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way of an invocation, over real HTTP. */
class InvocationTest {
    @TempDir
    Path folder;

    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicReference<ClassicHttpRequest> seen = new AtomicReference<>();
    private final AtomicInteger invoked = new AtomicInteger();
    private DaemonFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new DaemonFixture(folder, programs(), Map.of("workers", "2", "max-body", "8MiB"));
        fixture.deploy("echo", "echo", "");
        fixture.deploy("stream", "stream", "");
    }

    @AfterEach
    void close() {
        release.countDown();
        fixture.close();
        assertThat(fixture.provider().running()).isEmpty();
    }

    private Map<String, MemoryFunction> programs() {
        return Map.of(
                "echo", new WebFunction((request, memory, connection) -> echo(request)),
                "stream", new WebFunction((request, memory, connection) -> stream()),
                "hang", new WebFunction((request, memory, connection) -> hang()),
                "crash", new WebFunction((request, memory, connection) -> crash()),
                "half", (memory, input, output) -> half(output),
                "head", (memory, input, output) -> head(output),
                "early", new WebFunction((request, memory, connection) -> WebFunction.empty(403)),
                "hints",
                        new WebFunction((request, memory, connection) -> {
                            connection.sendResponseHeader(interim());
                            connection.flush();
                            return WebFunction.empty(204);
                        }));
    }

    private static ClassicHttpResponse interim() {
        ClassicHttpResponse hints = WebFunction.empty(103);
        hints.addHeader("Link", "</style.css>; rel=preload");
        return hints;
    }

    private ClassicHttpResponse echo(ClassicHttpRequest request) throws IOException {
        seen.set(request);
        invoked.incrementAndGet();
        byte[] body = request.getEntity() == null ? new byte[0] : EntityUtils.toByteArray(request.getEntity());
        ClassicHttpResponse response = WebFunction.empty(201);
        response.addHeader("Server-Timing", "app;dur=1.5");
        response.addHeader("X-Twice", "a");
        response.addHeader("X-Twice", "b");
        response.addHeader("Thaw-Start", "forged");
        response.setEntity(new ByteArrayEntity(body, ContentType.TEXT_PLAIN));
        return response;
    }

    /** A first line at once, a second when the test says so. */
    private ClassicHttpResponse stream() {
        ClassicHttpResponse response = WebFunction.empty(200);
        response.setEntity(new EntityTemplate(-1, ContentType.TEXT_PLAIN, null, output -> {
            output.write("first\n".getBytes(UTF_8));
            output.flush();
            awaitRelease();
            output.write("second\n".getBytes(UTF_8));
        }));
        return response;
    }

    private ClassicHttpResponse hang() throws IOException {
        awaitRelease();
        return WebFunction.empty(200);
    }

    private ClassicHttpResponse crash() throws IOException {
        fixture.provider()
                .running()
                .forEach(sandbox -> sandbox.crash(
                        new SandboxExit(FunctionExit.Cause.MEMORY, "the function was ended by signal 9")));
        throw new IOException("gone");
    }

    /** Breaks off in the middle of its answer when the test says so. */
    private void half(OutputStream output) throws IOException {
        output.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf of it\r\n".getBytes(UTF_8));
        awaitRelease();
        throw new IOException("the function has a fault");
    }

    /** Breaks off between the head of its answer and the body. */
    private static void head(OutputStream output) throws IOException {
        output.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n".getBytes(UTF_8));
        output.flush();
        throw new IOException("the function has a fault");
    }

    private void awaitRelease() throws IOException {
        try {
            if (!release.await(20, TimeUnit.SECONDS)) {
                throw new IOException("the test forgot to go on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private HttpRequest.Builder post(String path, String body) {
        return fixture.request(path).POST(BodyPublishers.ofString(body));
    }

    @Test
    void methodPathHeadersBodyAndStatusPassThroughBothWays() throws Exception {
        HttpResponse<String> response = fixture.send(fixture.request("/function/echo/a%20b/c?x=1&y=%2F")
                .header("X-Own", "mine")
                .header("X-Forwarded-For", "10.0.0.1")
                .method("PATCH", BodyPublishers.ofString("body")));
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.body()).isEqualTo("body");
        assertThat(response.headers().allValues("X-Twice")).containsExactly("a", "b");
        ClassicHttpRequest request = seen.get();
        assertThat(request.getMethod()).isEqualTo("PATCH");
        assertThat(request.getRequestUri()).isEqualTo("/a%20b/c?x=1&y=%2F");
        assertThat(request.getHeader("X-Own").getValue()).isEqualTo("mine");
        assertThat(request.getHeader("X-Forwarded-For").getValue()).isEqualTo("10.0.0.1, 127.0.0.1");
        assertThat(request.getHeader("X-Forwarded-Proto").getValue()).isEqualTo("http");
        assertThat(request.getHeader("X-Forwarded-Prefix").getValue()).isEqualTo("/function/echo");
        assertThat(request.getHeader("Host").getValue())
                .isEqualTo(fixture.daemon.address().getAuthority());
    }

    @Test
    void theAnswerTellsItsStartAndItsPhases() throws Exception {
        HttpResponse<String> cold = fixture.get("/function/echo/");
        assertThat(cold.headers().allValues("Thaw-Start")).containsExactly("boot");
        assertThat(cold.headers().firstValue("Thaw-Worker").orElseThrow()).matches("worker-[01]");
        assertThat(cold.headers().firstValue("Thaw-Instance").orElseThrow()).startsWith("echo-");
        assertThat(cold.headers().firstValue("Thaw-Initialization-Ms")).isPresent();
        assertThat(cold.headers().firstValue("Thaw-Fetched-Bytes")).contains("0");
        List<String> timings = cold.headers().allValues("Server-Timing");
        assertThat(timings).hasSize(2);
        assertThat(timings.getFirst()).isEqualTo("app;dur=1.5");
        assertThat(timings.getLast()).contains("admit;dur=", "vmm;dur=", "kernel;dur=", "app;dur=", "request;dur=");
        HttpResponse<String> warm = fixture.get("/function/echo/");
        assertThat(warm.headers().firstValue("Thaw-Start")).contains("warm");
        assertThat(warm.headers().firstValue("Thaw-Instance"))
                .isEqualTo(cold.headers().firstValue("Thaw-Instance"));
        assertThat(warm.headers().allValues("Server-Timing").getLast())
                .matches("admit;dur=[0-9.]+, request;dur=[0-9.]+");
    }

    @Test
    void anotherWorkerThawsWhatOneFroze() throws Exception {
        fixture.send(fixture.request("/function/echo/").header("Thaw-Worker", "worker-0"));
        await().until(() -> fixture.get("/api/v1/functions/echo/explain").body().contains("\"snapshot\":"));
        HttpResponse<String> response =
                fixture.send(fixture.request("/function/echo/").header("Thaw-Worker", "worker-1"));
        assertThat(response.headers().firstValue("Thaw-Start")).contains("thaw-remote");
        assertThat(response.headers().firstValue("Thaw-Worker")).contains("worker-1");
        assertThat(Long.parseLong(
                        response.headers().firstValue("Thaw-Fetched-Bytes").orElseThrow()))
                .isPositive();
        assertThat(seen.get().getHeader("Thaw-Worker")).isNull();
        HttpResponse<String> none =
                fixture.send(fixture.request("/function/echo/").header("Thaw-Worker", "worker-2"));
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(none.body()).contains("There is no worker 'worker-2'.", "Did you mean 'worker-0'?");
    }

    @Test
    void aFunctionIsNamedByTheHostToo() throws Exception {
        String answer = RawHttp.exchange(
                fixture.daemon.address(),
                "GET /x?y HTTP/1.1\r\nHost: echo.example.com:8080\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 201 ");
        assertThat(seen.get().getRequestUri()).isEqualTo("/x?y");
        assertThat(seen.get().getHeader("Host").getValue()).isEqualTo("echo.example.com:8080");
        String unknown = RawHttp.exchange(
                fixture.daemon.address(), "GET / HTTP/1.1\r\nHost: ecco.example.com\r\nConnection: close\r\n\r\n");
        assertThat(unknown).startsWith("HTTP/1.1 404 ").contains("application/problem+json", "Did you mean 'echo'?");
    }

    @Test
    void anAnswerIsStreamedAsItComes() throws Exception {
        HttpResponse<InputStream> response =
                fixture.http.send(fixture.request("/function/stream/").build(), BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            assertThat(new String(body.readNBytes(6), UTF_8)).isEqualTo("first\n");
            release.countDown();
            assertThat(new String(body.readAllBytes(), UTF_8)).isEqualTo("second\n");
        }
    }

    @Test
    void aLargeBodyIsStreamedBothWays() throws Exception {
        byte[] body = new byte[4 << 20];
        new Random(31).nextBytes(body);
        HttpResponse<byte[]> chunked = fixture.http.send(
                fixture.request("/function/echo/")
                        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                        .build(),
                BodyHandlers.ofByteArray());
        assertThat(chunked.body()).isEqualTo(body);
        HttpResponse<byte[]> sized = fixture.http.send(
                fixture.request("/function/echo/")
                        .POST(BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofByteArray());
        assertThat(sized.body()).isEqualTo(body);
    }

    @Test
    void aBodyBeyondTheLimitIsRefused() throws Exception {
        byte[] body = new byte[9 << 20];
        String declared = RawHttp.exchange(
                fixture.daemon.address(),
                "POST /function/echo/ HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
        assertThat(declared).startsWith("HTTP/1.1 413 ").contains("--max-body", "Connection: close");
        assertThat(invoked).hasValue(0);
    }

    @Test
    void headKeepsTheLengthAndHasNoBody() throws Exception {
        HttpResponse<String> response =
                fixture.send(fixture.request("/function/echo/").method("HEAD", BodyPublishers.noBody()));
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Content-Length")).contains("0");
        assertThat(response.body()).isEmpty();
    }

    @Test
    void interimAnswersGoOn() throws Exception {
        fixture.deploy("hints", "hints", "");
        String answer = RawHttp.exchange(
                fixture.daemon.address(), "GET /function/hints HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 103 ").contains("rel=preload", "HTTP/1.1 204 ");
    }

    @Test
    void aClientThatWaitsWithItsBodyIsAskedForIt() throws Exception {
        try (RawHttp client = new RawHttp(fixture.daemon.address())) {
            client.write(
                    "POST /function/echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
            assertThat(client.readLine()).isEqualTo("HTTP/1.1 100 Continue");
            client.write("body");
            assertThat(client.readAll()).contains("HTTP/1.1 201 ").endsWith("body");
        }
        assertThat(seen.get().getHeader("Expect")).isNull();
    }

    @Test
    void trailersGoOn() throws Exception {
        String answer = RawHttp.exchange(
                fixture.daemon.address(),
                "POST /function/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                        + "4\r\nbody\r\n0\r\nX-Sum: 7\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 201 ").endsWith("body");
        List<? extends Header> trailers = Trailers.of(seen.get().getEntity()).get();
        assertThat(trailers).hasSize(1);
        assertThat(trailers.getFirst().getName()).isEqualTo("X-Sum");
    }

    @Test
    void aConnectionCarriesRequestAfterRequest() throws Exception {
        String answer = RawHttp.exchange(
                fixture.daemon.address(),
                "POST /function/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                        + "POST /function/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntwo");
        assertThat(answer).contains("one").endsWith("two");
        assertThat(invoked).hasValue(2);
    }

    @Test
    void aFunctionThatBreaksOffIsExplained() throws Exception {
        fixture.deploy("crash", "crash", "");
        HttpResponse<String> response = fixture.get("/function/crash/");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        var problem = fixture.json(response);
        assertThat(problem.get("type").stringValue()).isEqualTo("urn:thaw:problem:out-of-memory");
        assertThat(problem.get("status").intValue()).isEqualTo(502);
        assertThat(problem.get("detail").stringValue()).contains("ended by signal 9", "--memory");
        assertThat(problem.get("function").stringValue()).isEqualTo("crash");
        assertThat(problem.get("revision").stringValue()).isEqualTo("crash-00001");
        assertThat(problem.get("worker").stringValue()).matches("worker-[01]");
        assertThat(problem.get("instance").stringValue()).startsWith("/api/v1/instances/crash-");
    }

    @Test
    void anAnswerThatBreaksOffIsNotTakenForAWholeOne() throws Exception {
        fixture.deploy("half", "half", "");
        try (RawHttp client = new RawHttp(fixture.daemon.address())) {
            client.write("GET /function/half HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.readLine()).isEqualTo("HTTP/1.1 200 OK");
            while (!client.readLine().equals("half of it")) {
                // The headers do not matter here.
            }
            release.countDown();
            assertThat(client.readAll()).isEmpty();
        }
    }

    @Test
    void anAnswerThatBreaksOffBeforeItsBodyIsAFailure() throws Exception {
        fixture.deploy("head", "head", "");
        HttpResponse<String> response = fixture.get("/function/head/");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(fixture.json(response).get("function").stringValue()).isEqualTo("head");
    }

    @Test
    void whoWaitsTooLongIsToldSoAndTheHungInstanceEnds() throws Exception {
        fixture.deploy("hang", "hang", ", \"timeout_ms\": 200");
        HttpResponse<String> response = fixture.get("/function/hang/");
        assertThat(response.statusCode()).isEqualTo(504);
        assertThat(response.body()).contains("No answer came within 200 ms", "--timeout");
        await().until(() -> !fixture.get("/api/v1/instances").body().contains("\"hang\""));
    }

    @Test
    void aClientThatStallsInItsBodyDoesNotKeepTheInstance() throws Exception {
        fixture.deploy("hang", "hang", ", \"timeout_ms\": 200");
        try (RawHttp client = new RawHttp(fixture.daemon.address())) {
            client.write("POST /function/hang HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nsome of it");
            assertThat(client.readLine()).isEqualTo("HTTP/1.1 504 Gateway Timeout");
            assertThat(client.readLine()).startsWith("Content-Type: application/problem+json");
        }
        await().until(() -> !fixture.get("/api/v1/instances").body().contains("\"hang\""));
    }

    @Test
    void anInstanceThatIsGoneIsReplacedWithoutAnError() throws Exception {
        fixture.get("/function/echo/");
        AtomicInteger connects = new AtomicInteger();
        fixture.provider().interfere((operation, instance) -> {
            if (operation == Operation.CONNECT && connects.incrementAndGet() == 1) {
                throw new SandboxException(SandboxException.Code.VMM_DIED, "gone");
            }
        });
        HttpResponse<String> response = fixture.send(post("/function/echo/", "again"));
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.body()).isEqualTo("again");
        assertThat(connects).hasValue(2);
    }

    @Test
    void whatMayHaveBeenSeenIsNotRepeated() throws Exception {
        fixture.deploy("crash", "crash", "");
        fixture.get("/function/crash/");
        assertThat(fixture.get("/function/crash/").statusCode()).isEqualTo(502);
        assertThat(fixture.get("/api/v1/functions/crash/explain").body().split("\"start\":", -1))
                .hasSize(3);
    }

    @Test
    void anEarlyAnswerEndsTheRequest() throws Exception {
        fixture.deploy("early", "early", "");
        try (RawHttp client = new RawHttp(fixture.daemon.address())) {
            client.write("POST /function/early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
            assertThat(client.readLine()).isEqualTo("HTTP/1.1 403 Forbidden");
            assertThat(client.readAll()).contains("Thaw-Start");
        }
    }

    @Test
    void theLimitOfWaitersIsToldAsSuch() throws Exception {
        fixture.close();
        fixture = new DaemonFixture(folder.resolve("small"), programs(), Map.of("queue", "1"));
        fixture.deploy("hang", "hang", ", \"max\": 1");
        CompletableFuture<HttpResponse<String>> running = async("/function/hang/");
        await().until(() -> fixture.get("/api/v1/instances").body().contains("\"in_flight\":1"));
        CompletableFuture<HttpResponse<String>> waiting = async("/function/hang/");
        await().until(() -> fixture.get("/api/v1/workers").body().contains("\"queued\":1"));
        HttpResponse<String> refused = fixture.get("/function/hang/");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        release.countDown();
        assertThat(running.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(waiting.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    private CompletableFuture<HttpResponse<String>> async(String path) {
        return fixture.http.sendAsync(fixture.request(path).build(), BodyHandlers.ofString());
    }

    @Test
    void aFunctionThatDoesNotFitIsToldSo() throws Exception {
        fixture.post("/api/v1/functions", "{\"name\": \"large\", \"image\": \"echo\", \"memory_bytes\": 17179869184}");
        HttpResponse<String> response = fixture.get("/function/large/");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertThat(response.body()).contains("An instance needs", "--memory");
    }

    @Test
    void anUnknownFunctionIsToldWithTheNearest() throws Exception {
        HttpResponse<String> response = fixture.get("/function/ecko/x");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).contains("No function is called 'ecko'. Did you mean 'echo'?");
    }

    @Test
    void phasesAddUpToWhatTheClientWaits() throws Exception {
        long begin = System.nanoTime();
        HttpResponse<String> response = fixture.get("/function/echo/");
        double waited = (System.nanoTime() - begin) / 1e6;
        double sum = Arrays.stream(
                        response.headers().allValues("Server-Timing").getLast().split(", "))
                .mapToDouble(entry -> Double.parseDouble(entry.substring(entry.indexOf('=') + 1)))
                .sum();
        assertThat(sum).isPositive().isLessThan(waited);
    }

    @Test
    void newRevisionsTakeOverWithoutAnError() throws Exception {
        fixture.get("/function/echo/");
        fixture.deploy("echo", "echo", ", \"env\": {\"A\": \"b\"}");
        HttpResponse<String> response = fixture.get("/function/echo/");
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Thaw-Start")).contains("boot");
        await().until(() -> !fixture.get("/api/v1/instances").body().contains("echo-00001"));
    }
}
