package dev.thaw.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hc.core5.http2.frame.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that have been damaged at random: the server answers or hangs up, has no fault of its own, and serves the next. */
class HttpEdgeLongIT {
    private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("thaw.fuzz.seconds", 60));
    private static final List<String> REQUESTS = List.of(
            "GET /function/echo/a?b=c HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: close\r\n\r\n",
            "POST /function/echo/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
            "POST /function/echo/ HTTP/1.1\r\nHost: echo.example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5;x=y\r\nhello\r\n0\r\nX-Trailer: z\r\n\r\n",
            "PUT http://localhost/function/echo/ HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
            "POST /api/v1/functions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30\r\n\r\n{\"name\": \"x\", \"image\": \"echo\"}",
            "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");

    @TempDir
    Path folder;

    @Test
    void damagedRequestsCostNobodyElseAnything() throws Exception {
        long seed = Long.getLong("thaw.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        WebFunction echo = new WebFunction((request, memory, connection) -> WebFunction.empty(204));
        try (DaemonFixture fixture = new DaemonFixture(folder, Map.of("echo", echo), Map.of())) {
            fixture.deploy("echo", "echo", ", \"concurrency\": 50");
            long end = System.nanoTime() + TIME.toNanos();
            int rounds = 0;
            while (System.nanoTime() < end) {
                if (random.nextInt(4) == 0) {
                    damagedFrames(fixture.daemon.address(), random);
                } else {
                    String answer = send(fixture.daemon.address(), damaged(random));
                    assertThat(answer).doesNotContain("urn:thaw:problem:internal");
                }
                rounds++;
                if (rounds % 100 == 0) {
                    assertThat(fixture.get("/function/echo/").statusCode()).isEqualTo(204);
                }
            }
            System.out.println(rounds + " requests");
            assertThat(rounds).isPositive();
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> fixture.get("/metrics")
                            .body()
                            .lines()
                            .anyMatch(line -> line.matches("thaw_http_connections [0-2](\\.0)?")));
        }
    }

    private static byte[] damaged(Random random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = random.nextInt(3); i >= 0; i--) {
            bytes.writeBytes(REQUESTS.get(random.nextInt(REQUESTS.size())).getBytes(ISO_8859_1));
        }
        byte[] request = bytes.toByteArray();
        for (int i = random.nextInt(6); i >= 0; i--) {
            int at = random.nextInt(request.length);
            switch (random.nextInt(4)) {
                case 0 -> request[at] = (byte) random.nextInt(256);
                case 1 -> request[at] = (byte) "\r\n\0 :;,%/".charAt(random.nextInt(9));
                case 2 -> request = Arrays.copyOf(request, Math.max(1, at));
                default -> {
                    int length = random.nextInt(request.length - at);
                    System.arraycopy(request, random.nextInt(at + 1), request, at, Math.min(length, at));
                }
            }
        }
        return request;
    }

    /** Returns what comes back within a moment; a request that is not whole has no answer. */
    private static String send(URI server, byte[] request) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(2_000);
            socket.getOutputStream().write(request);
            socket.shutdownOutput();
            byte[] buffer = new byte[8 << 10];
            int count;
            while ((count = socket.getInputStream().read(buffer)) >= 0) {
                answer.write(buffer, 0, count);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("neither an answer nor an end for " + new String(request, ISO_8859_1), e);
        } catch (IOException e) {
            // Hung up on, as such a client may be.
            return answer.toString(ISO_8859_1);
        }
        return answer.toString(ISO_8859_1);
    }

    private static void damagedFrames(URI server, Random random) throws IOException {
        try (RawHttp2 client = new RawHttp2(server)) {
            byte[] block = client.block(
                    ":method", "POST", ":scheme", "http", ":authority", "localhost", ":path", "/function/echo/");
            for (int i = random.nextInt(20); i >= 0; i--) {
                byte[] payload = random.nextBoolean() ? block.clone() : new byte[random.nextInt(300)];
                if (payload.length > 0 && random.nextBoolean()) {
                    payload[random.nextInt(payload.length)] = (byte) random.nextInt(256);
                }
                int type = random.nextInt(3) == 0 ? FrameType.HEADERS.getValue() : random.nextInt(11);
                client.frame(type, random.nextInt(64), random.nextInt(9), payload);
            }
        } catch (IOException e) {
            // Hung up on, as such a client may be.
            assertThat(e).isNotNull();
        }
    }
}
