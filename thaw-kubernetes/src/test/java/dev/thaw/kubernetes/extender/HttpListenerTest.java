package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client may do to the server, byte by byte. */
class HttpListenerTest {
    private static final HttpListener.Limits PATIENT = HttpListener.Limits.DEFAULT;
    private static final HttpListener.Limits SHORT =
            new HttpListener.Limits(Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMinutes(1), 2);

    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private @Nullable HttpListener listener;

    @AfterEach
    void stop() {
        if (listener != null) {
            listener.close();
        }
    }

    /** Gives back method, path and body, or a large answer. */
    private static boolean echo(HttpConnection connection) throws IOException {
        String body = new String(connection.body().readAllBytes(), StandardCharsets.US_ASCII);
        byte[] answer = connection.path().equals("/large")
                ? new byte[64 << 20]
                : ("<" + connection.method() + " " + connection.path() + " " + body + ">")
                        .getBytes(StandardCharsets.US_ASCII);
        return connection.answer(200, "text/plain", answer, answer.length, false);
    }

    private Socket connect(HttpListener.Limits limits) throws IOException {
        HttpListener used = listener;
        if (used == null) {
            used = new HttpListener(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Optional.empty(),
                    limits,
                    HttpListenerTest::echo,
                    refused::add);
            listener = used;
        }
        Socket socket = new Socket(used.address().getAddress(), used.address().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** Everything that is answered until the server closes the connection. */
    private String speak(String request) throws IOException {
        try (Socket socket = connect(PATIENT)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void answersRequestsThatCameTogetherInTheirOrder() throws IOException {
        String answers = speak("POST /a?x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n"
                + "GET /c HTTP/1.1\r\nConnection: close\r\n\r\n");
        assertThat(answers.split("<", -1)).hasSize(4);
        assertThat(answers).containsSubsequence("<POST /a abc>", "<GET /b >", "Connection: close", "<GET /c >");
    }

    @Test
    void readsABodyInChunks() throws IOException {
        String answers = speak("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nGET / HTTP/1.0\r\n\r\n");
        assertThat(answers).containsSubsequence("<POST / abc0123456789>", "<GET / >");
    }

    @Test
    void asksForABodyThatWaitsToBeAsked() throws IOException {
        String answers = speak("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx");
        assertThat(answers)
                .startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
                .endsWith("<POST / x>");
    }

    @ParameterizedTest
    @CsvSource({
        "400, hello~~~~",
        "400, GET / HTTP/1.1 more~~~~",
        "400, GET nowhere HTTP/1.1~~~~",
        "400, GET / HTTP/1.1~~no colon~~~~",
        "400, GET / HTTP/1.1~~Name : value~~~~",
        "400, GET / HTTP/1.1~~A: b~~ folded: c~~~~",
        "400, POST / HTTP/1.1~~Content-Length: -1~~~~",
        "400, POST / HTTP/1.1~~Content-Length: 99999999999999999999~~~~",
        "400, POST / HTTP/1.1~~Content-Length: 1~~Content-Length: 2~~~~ab",
        "400, POST / HTTP/1.1~~Content-Length: 1~~Transfer-Encoding: chunked~~~~0~~~~",
        "501, POST / HTTP/1.1~~Transfer-Encoding: gzip~~~~",
        "400, POST / HTTP/1.1~~Transfer-Encoding: chunked~~~~zz~~",
        "400, POST / HTTP/1.1~~Transfer-Encoding: chunked~~~~1~~abc~~"
    })
    void refusesWhatIsNotHttp(int status, String request) throws IOException {
        assertThat(speak(request.replace("~~", "\r\n"))).startsWith("HTTP/1.1 " + status + " ");
        assertThat(refused).containsExactly("malformed");
    }

    @Test
    void refusesAnEndlessHead() throws IOException {
        assertThat(speak("GET / HTTP/1.1\r\n" + "A: b\r\n".repeat(10_000))).startsWith("HTTP/1.1 431 ");
        assertThat(speak("GET /" + "x".repeat(1 << 20))).startsWith("HTTP/1.1 431 ");
    }

    @Test
    void endsARequestThatDoesNotArrive() throws IOException {
        try (Socket socket = connect(SHORT)) {
            socket.getOutputStream().write("POST / HTTP/1.1\r\nContent-Le".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(refused).containsExactly("slow");
    }

    @Test
    void endsAnAnswerThatNobodyTakes() throws IOException {
        try (Socket socket = connect(SHORT)) {
            socket.getOutputStream().write("GET /large HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            await().until(() -> refused.contains("slow"));
        }
    }

    @Test
    void closesWhatIsTooMany() throws IOException {
        try (Socket first = connect(SHORT);
                Socket second = connect(SHORT);
                Socket third = connect(SHORT)) {
            assertThat(third.getInputStream().read()).isEqualTo(-1);
            assertThat(refused).containsExactly("too-many-connections");
            for (Socket held : new Socket[] {first, second}) {
                held.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(held.getInputStream().read()).isEqualTo('H');
            }
        }
    }

    @Test
    void endsItsConnectionsWhenItIsClosed() throws IOException {
        try (Socket socket = connect(PATIENT)) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            requireNonNull(listener).close();
            socket.getInputStream().readAllBytes();
        }
        assertThat(refused).isEmpty();
    }
}
