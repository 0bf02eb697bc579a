package dev.thaw.cli.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginProxyTest {
    private static final int BODY_BYTES = 300_000;

    private final byte[] object = new byte[BODY_BYTES];
    private final AtomicInteger together = new AtomicInteger();
    private final AtomicInteger mostTogether = new AtomicInteger();
    private final CountDownLatch all = new CountDownLatch(StoreProfile.STREAMS);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;
    private OriginProxy proxy;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(object);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
        proxy = new OriginProxy(StoreProfile.NONE, server.getAddress());
    }

    @AfterEach
    void end() throws IOException {
        proxy.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        byte[] sent = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/b/wait")) {
            mostTogether.accumulateAndGet(together.incrementAndGet(), Math::max);
            all.countDown();
            try {
                all.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            together.decrementAndGet();
        }
        byte[] body = sent.length > 0 ? sent : object;
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(200, head ? -1 : path.equals("/b/chunked") ? 0 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    private HttpURLConnection open(String path) throws IOException {
        return (HttpURLConnection)
                URI.create("http://127.0.0.1:" + proxy.port() + path).toURL().openConnection();
    }

    private byte[] get(String path) throws IOException {
        try (var in = open(path).getInputStream()) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/b/key", "/b/chunked", "/b/"})
    void answersPassAsTheyAre(String path) throws IOException {
        for (int i = 0; i < 3; i++) {
            assertThat(get(path)).isEqualTo(object);
        }
    }

    @Test
    void requestsPassWithTheirBodies() throws IOException {
        byte[] sent = "what a client writes".getBytes(UTF_8);
        for (boolean chunked : List.of(false, true)) {
            HttpURLConnection connection = open("/b/key");
            connection.setRequestMethod("PUT");
            connection.setDoOutput(true);
            if (chunked) {
                connection.setChunkedStreamingMode(7);
            }
            connection.getOutputStream().write(sent);
            assertThat(connection.getInputStream().readAllBytes()).isEqualTo(sent);
        }
    }

    @Test
    void aHeadHasNoBodyWhateverItsLengthAndTheConnectionGoesOn() throws IOException {
        HttpURLConnection head = open("/b/key");
        head.setRequestMethod("HEAD");
        assertThat(head.getResponseCode()).isEqualTo(200);
        assertThat(get("/b/key")).isEqualTo(object);
    }

    @Test
    void noMoreRequestsAtATimeThanTheProfileHasStreams() throws Exception {
        List<Callable<byte[]>> requests = new ArrayList<>();
        for (int i = 0; i < 2 * StoreProfile.STREAMS; i++) {
            requests.add(() -> get("/b/wait"));
        }
        for (Future<byte[]> answer : threads.invokeAll(requests)) {
            assertThat(answer.get()).isEqualTo(object);
        }
        assertThat(mostTogether.get()).isEqualTo(StoreProfile.STREAMS);
    }

    @Test
    void aCorruptionChangesOneBit() throws IOException {
        proxy.faults().plan(new Faults.Planned(Fault.CORRUPT, Duration.ZERO), 1);
        byte[] got = get("/b/key");
        int bits = 0;
        for (int i = 0; i < BODY_BYTES; i++) {
            bits += Integer.bitCount((got[i] ^ object[i]) & 0xff);
        }
        assertThat(bits).isEqualTo(1);
        assertThat(proxy.faults().done(Fault.CORRUPT)).isEqualTo(1);
        assertThat(get("/b/key")).isEqualTo(object);
    }

    @ParameterizedTest
    @EnumSource(names = {"RESET", "TRUNCATE"})
    void aBrokenBodyEndsInTheMiddleAndTheNextIsWhole(Fault fault) throws IOException {
        proxy.faults().plan(new Faults.Planned(fault, Duration.ZERO), 1);
        assertThatThrownBy(() -> get("/b/key")).isInstanceOf(IOException.class);
        assertThat(get("/b/key")).isEqualTo(object);
        assertThat(proxy.traffic().counts().readBytes()).isBetween((long) BODY_BYTES, 2L * BODY_BYTES);
    }

    @Test
    void listsAndWritesAreSparedByFaults() throws IOException {
        proxy.faults().plan(new Faults.Planned(Fault.CORRUPT, Duration.ZERO), 1);
        assertThat(get("/b/?list-type=2")).isEqualTo(object);
        assertThat(get("/b?list-type=2")).isEqualTo(object);
        assertThat(proxy.faults().done(Fault.CORRUPT)).isZero();
        assertThat(get("/b/key")).isNotEqualTo(object);
    }

    @Test
    void placesOfBrokenConnectionsAreGivenBack() throws IOException {
        proxy.faults().plan(new Faults.Planned(Fault.RESET, Duration.ZERO), 3 * StoreProfile.STREAMS);
        for (int i = 0; i < 3 * StoreProfile.STREAMS; i++) {
            assertThatThrownBy(() -> get("/b/key")).isInstanceOf(IOException.class);
        }
        assertThat(get("/b/key")).isEqualTo(object);
    }

    @Test
    void aDeadStoreAnswersNobodyUntilItIsBack() throws IOException {
        assertThat(get("/b/key")).isEqualTo(object);
        proxy.die();
        assertThatThrownBy(() -> get("/b/key")).isInstanceOf(IOException.class);
        proxy.comeBack();
        assertThat(get("/b/key")).isEqualTo(object);
    }

    @Test
    void roundTripsAreTheLongestChain() throws IOException {
        get("/b/key");
        proxy.traffic().mark();
        get("/b/key");
        get("/b/other");
        assertThat(proxy.traffic().counts()).isEqualTo(new Traffic.Counts(2, 2, 2 * BODY_BYTES, 2, 0, 0, 0));
        Traffic.Ticket first = proxy.traffic().begin(true);
        Traffic.Ticket beside = proxy.traffic().begin(true);
        proxy.traffic().end(first);
        proxy.traffic().end(beside);
        assertThat(proxy.traffic().counts().roundTrips()).isEqualTo(3);
        Traffic.Ticket late = proxy.traffic().begin(true);
        proxy.traffic().mark();
        proxy.traffic().end(late);
        proxy.traffic().begin(true);
        assertThat(proxy.traffic().counts().roundTrips()).isEqualTo(1);
    }

    @Test
    void whatIsReadAgainIsCountedApartFromWhatChanges() throws IOException {
        proxy.traffic().mark();
        get("/b/packs/one");
        get("/b/packs/two");
        get("/b/pointers/one");
        get("/b/pointers/one");
        // The client may have an answer's last byte before the proxy has counted it.
        await().until(() -> proxy.traffic().counts().changingReads() == 2);
        assertThat(proxy.traffic().counts().repeatedReads()).isZero();
        get("/b/packs/one");
        await().until(() -> proxy.traffic().counts().repeatedReads() == 1);
        assertThat(proxy.traffic().counts().repeatedBytes()).isEqualTo(BODY_BYTES);
        proxy.traffic().mark();
        get("/b/packs/one");
        assertThat(proxy.traffic().counts().repeatedReads()).isZero();
    }

    @Test
    void rangesOfOneObjectAreTakenTogether() {
        PassedRanges ranges = new PassedRanges();
        assertThat(ranges.add(10, 20)).isZero();
        assertThat(ranges.add(20, 30)).isZero();
        assertThat(ranges.add(40, 50)).isZero();
        assertThat(ranges.add(15, 45)).isEqualTo(20);
        assertThat(ranges.add(0, 60)).isEqualTo(40);
        assertThat(ranges.add(7, 7)).isZero();
    }

    @Test
    void anAnswerTellsWhereItsBytesBelong() throws IOException {
        assertThat(HttpHead.parse("HTTP/1.1 206 x\r\nContent-Range: bytes 4096-8191/10000\r\n\r\n".getBytes(UTF_8))
                        .offset())
                .isEqualTo(4096);
        assertThat(HttpHead.parse("HTTP/1.1 200 x\r\nA: b\r\n\r\n".getBytes(UTF_8))
                        .offset())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fault corrupt 2|ok",
                "fault delay 1 5|ok",
                "fault corrupt|error Write fault KIND TIMES [DELAY_MS].",
                "fault bend 1|error Not a fault: 'bend'. There are delay, reset, corrupt, truncate.",
                "fault reset 0|error Faults are planned 1 to 100000 at a time, not 0.",
                "fault reset x|error For input string: \"x\"",
                "done corrupt|ok 0",
                "clear|ok",
                "mark|ok",
                "counts|ok 0 0 0 0 0 0 0",
                "jump|error Not a command: 'jump'. There are fault, clear, done, dead, back, mark and counts.",
            })
    void commandsAreAnswered(String exchange) throws IOException {
        String[] words = exchange.split("\\|", -1);
        try (OriginControl control = new OriginControl(proxy)) {
            threads.submit(control::serve);
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), control.port())) {
                socket.getOutputStream().write((words[0] + "\n").getBytes(UTF_8));
                assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine())
                        .isEqualTo(words[1]);
            }
        }
    }
}
