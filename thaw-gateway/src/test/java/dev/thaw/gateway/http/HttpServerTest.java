package dev.thaw.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients may do wrong, and what they may not do. */
class HttpServerTest {
    private static final HttpLimits LIMITS =
            new HttpLimits(256, 8, 1_000, 3, Duration.ofMillis(300), Duration.ofSeconds(20));

    private final CountDownLatch release = new CountDownLatch(1);
    private HttpServer server;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), LIMITS, this::handle);
    }

    @AfterEach
    void close() {
        release.countDown();
        server.close();
    }

    private void handle(Exchange exchange) throws ProblemException, HttpException, IOException {
        switch (exchange.path()) {
            case "/fault" -> throw new IllegalStateException("a fault");
            case "/wait" -> awaitRelease();
            default -> {}
        }
        byte[] body = exchange.body().readAll(1_000);
        exchange.respond(
                200,
                "text/plain",
                (exchange.method() + " " + exchange.path() + " " + new String(body, UTF_8)).getBytes(UTF_8));
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

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(server.address().getAddress(), server.address().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private String exchange(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET / HTTP/1.1~~                                                              | 400 | exactly one Host
            GET / HTTP/1.1~Host: a~Host: b~~                                              | 400 | exactly one Host
            GET / HTTP/1.1~Host: a~Content-Length: 1~Content-Length: 2~~                  | 400 | says its length more than once
            GET / HTTP/1.1~Host: a~Content-Length: 1~Transfer-Encoding: chunked~~         | 400 | says its length more than once
            GET / HTTP/1.1~Host: a~Content-Length: -1~~                                   | 400 | not a number of bytes
            GET / HTTP/1.1~Host: a~Content-Length: +1~~                                   | 400 | not a number of bytes
            GET / HTTP/1.1~Host: a~Transfer-Encoding: gzip~~                              | 501 | Only Transfer-Encoding: chunked
            GET / HTTP/1.1~Host: a~Transfer-Encoding: gzip, chunked~~                     | 501 | Only Transfer-Encoding: chunked
            GET / HTTP/1.0~Transfer-Encoding: chunked~~                                   | 501 | Only Transfer-Encoding: chunked
            GET x HTTP/1.1~Host: a~~                                                      | 400 | not a path
            GET /~~                                                                       | 400 | Invalid
            GARBAGE~~                                                                     | 400 | Invalid
            GET / HTTP/3.0~Host: a~~                                                      | 505 | Use HTTP/1.1
            GET / HTTP/1.1~Host: a~No colon~~                                             | 400 | header
            POST / HTTP/1.1~Host: a~Content-Length: 1001~~                                | 413 | At most 1000 bytes
            GET /fault HTTP/1.1~Host: a~~                                                 | 500 | a fault
            """)
    void wrongRequestsAreRefused(String request, int status, String message) throws IOException {
        String answer = exchange(request.strip().replace("~", "\r\n"));
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("application/problem+json", message);
        assertThat(answer).contains("Connection: close");
    }

    @Test
    void aLineOrTooManyHeadersBeyondTheLimitAreRefused() throws IOException {
        assertThat(exchange("GET /" + "a".repeat(300) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ");
        StringBuilder many = new StringBuilder("GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 0; i < 10; i++) {
            many.append("X-").append(i).append(": y\r\n");
        }
        assertThat(exchange(many + "\r\n")).startsWith("HTTP/1.1 431 ");
    }

    @Test
    void aChunkedBodyBeyondTheLimitIsRefused() throws IOException {
        String answer = exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + "3e9\r\n"
                + "x".repeat(1_001) + "\r\n0\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 413 ");
    }

    @Test
    void absoluteTargetsAndOldClientsAreUnderstood() throws IOException {
        assertThat(exchange("GET http://a/b?c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .endsWith("GET /b ");
        assertThat(exchange("GET /b HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .contains("Connection: close")
                .endsWith("GET /b ");
    }

    @Test
    void aClientThatEndsItsSideStillGetsItsAnswer() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write("POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok".getBytes(ISO_8859_1));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                    .endsWith("POST /half ok");
        }
    }

    @Test
    void aBodyThatIsNotSentWholeIsNoRequest() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nok".getBytes(ISO_8859_1));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                    .doesNotContain(" 200 ");
        }
    }

    @Test
    void aHeadThatTakesTooLongIsGivenUp() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost".getBytes(ISO_8859_1));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void moreConnectionsThanAllowedAreRefusedAndOthersTakeTheirPlace() throws IOException {
        Socket first = connect();
        Socket second = connect();
        Socket third = connect();
        await().until(() -> server.connections() == 3);
        try (Socket fourth = connect()) {
            assertThat(new String(fourth.getInputStream().readAllBytes(), ISO_8859_1))
                    .startsWith("HTTP/1.1 503 ")
                    .contains("Retry-After: 1");
        }
        first.close();
        second.close();
        third.close();
        await().until(() -> server.connections() == 0);
        assertThat(exchange("GET /again HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .endsWith("GET /again ");
    }

    @Test
    void drainingFinishesWhatRunsAndTakesNoMore() throws Exception {
        try (Socket busy = connect();
                Socket idle = connect()) {
            busy.getOutputStream().write("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
            idle.getOutputStream().write("GET /warm HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
            assertThat(idle.getInputStream().read()).isEqualTo('H');
            await().until(() -> server.connections() == 2);
            server.drain();
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            assertThat(new String(idle.getInputStream().readAllBytes(), ISO_8859_1))
                    .endsWith("GET /warm ");
            release.countDown();
            assertThat(new String(busy.getInputStream().readAllBytes(), ISO_8859_1))
                    .contains(" 200 ", "GET /wait");
            assertThat(server.awaitIdle(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void aClientThatTakesNothingIsLetGo() throws Exception {
        HttpLimits impatient = new HttpLimits(256, 8, 1_000, 3, Duration.ofSeconds(1), Duration.ofSeconds(1));
        CompletableFuture<Exception> broken = new CompletableFuture<>();
        HttpHandler endless = exchange -> {
            ClassicHttpResponse response = new BasicClassicHttpResponse(200);
            response.setEntity(new EntityTemplate(-1, null, null, output -> {
                while (true) {
                    output.write(new byte[8 << 10]);
                }
            }));
            try {
                exchange.respond(response);
            } catch (IOException e) {
                broken.complete(e);
                throw e;
            }
        };
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (HttpServer stalled = HttpServer.open(any, impatient, endless);
                Socket client = new Socket(
                        stalled.address().getAddress(), stalled.address().getPort())) {
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
            assertThat(broken.get(20, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
            await().until(() -> stalled.connections() == 0);
        }
    }

    @Test
    void anAddressInUseIsExplained() {
        assertThatThrownBy(() -> HttpServer.open(server.address(), LIMITS, this::handle))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("--listen");
    }
}
