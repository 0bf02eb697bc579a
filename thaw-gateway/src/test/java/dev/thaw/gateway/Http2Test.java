package dev.thaw.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.gateway.text.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http2.frame.FrameFlag;
import org.apache.hc.core5.http2.frame.FrameType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** HTTP/2 from clients, good and bad, to functions that know HTTP/1.1 only. */
class Http2Test {
    private static final int SETTINGS = FrameType.SETTINGS.getValue();
    private static final int HEADERS = FrameType.HEADERS.getValue();
    private static final int CONTINUATION = FrameType.CONTINUATION.getValue();
    private static final int WINDOW_UPDATE = FrameType.WINDOW_UPDATE.getValue();
    private static final int END_HEADERS = FrameFlag.of(FrameFlag.END_HEADERS);

    @TempDir
    Path folder;

    private final AtomicReference<ClassicHttpRequest> seen = new AtomicReference<>();
    private final AtomicInteger connections = new AtomicInteger();
    private DaemonFixture fixture;

    @BeforeEach
    void open() throws Exception {
        WebFunction echo = new WebFunction((request, memory, connection) -> echo(request));
        fixture = new DaemonFixture(
                folder,
                Map.of("echo", (memory, input, output) -> {
                    connections.incrementAndGet();
                    echo.serve(memory, input, output);
                }),
                Map.of("max-body", "1MiB"));
        fixture.deploy("echo", "echo", ", \"concurrency\": 10");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private ClassicHttpResponse echo(ClassicHttpRequest request) throws IOException {
        seen.set(request);
        HttpEntity entity = request.getEntity();
        try {
            String body = entity == null ? "nothing" : EntityUtils.toString(entity);
            ClassicHttpResponse response = WebFunction.empty(200);
            response.setEntity(new StringEntity(body));
            return response;
        } catch (ParseException e) {
            throw new IOException(e);
        }
    }

    private RawHttp2 client() throws IOException {
        return new RawHttp2(fixture.daemon.address());
    }

    @Test
    void aFunctionOfHttp1AnswersAClientOfHttp2() throws Exception {
        try (RawHttp2 client = client()) {
            client.headers(
                    1,
                    false,
                    ":method",
                    "POST",
                    ":scheme",
                    "http",
                    ":authority",
                    "localhost:1",
                    ":path",
                    "/function/echo/x?y=1",
                    "cookie",
                    "a=1",
                    "cookie",
                    "b=2",
                    "x-more",
                    "yes");
            client.data(1, false, "hel".getBytes(US_ASCII));
            client.data(1, true, "lo".getBytes(US_ASCII));
            RawHttp2.Answer answer = client.answer(1);
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.field(":status")).isEqualTo("200");
            assertThat(answer.field("thaw-start")).isEqualTo("boot");
            assertThat(answer.field("server-timing")).contains("request;dur=");
            assertThat(seen.get().getPath()).isEqualTo("/x?y=1");
            assertThat(seen.get().getHeader("Cookie").getValue()).isEqualTo("a=1; b=2");
            assertThat(seen.get().getHeader("Host").getValue()).isEqualTo("localhost:1");
            assertThat(seen.get().getHeader("X-More").getValue()).isEqualTo("yes");
            assertThat(seen.get().getVersion().format()).isEqualTo("HTTP/1.1");
            // The greeting in HTTP/2 that it did not know, and the request.
            assertThat(connections).hasValue(2);
            client.get(3, "/function/echo/");
            assertThat(client.answer(3).body()).isEqualTo("nothing");
            // Once is enough.
            assertThat(connections).hasValue(3);
        }
    }

    @Test
    void theApiAndProblemsAreThereToo() throws Exception {
        try (RawHttp2 client = client()) {
            client.get(1, "/api/v1/functions");
            assertThat(Json.read(client.answer(1).body().getBytes(US_ASCII)).toString())
                    .contains("\"echo\"");
            client.get(3, "/function/eco/");
            RawHttp2.Answer answer = client.answer(3);
            assertThat(answer.field(":status")).isEqualTo("404");
            assertThat(answer.field("content-type")).isEqualTo("application/problem+json");
            assertThat(answer.body()).contains("unknown-function").contains("echo");
        }
    }

    @Test
    void aBodyBeyondTheLimitIsRefused() throws Exception {
        try (RawHttp2 client = client()) {
            client.request(1, false, "POST", "/function/echo/", "content-length", "2000000");
            assertThat(client.answer(1).field(":status")).isEqualTo("413");
        }
    }

    @Test
    void moreStreamsThanMayBeAreRefusedOneByOne() throws Exception {
        try (RawHttp2 client = client()) {
            for (int i = 0; i < 101; i++) {
                client.request(2 * i + 1, false, "POST", "/function/echo/");
            }
            assertThat(client.answer(201).error()).isEqualTo("REFUSED_STREAM");
            client.data(1, true, "ok".getBytes(US_ASCII));
            assertThat(client.answer(1).body()).isEqualTo("ok");
        }
    }

    /** What a client may do wrong, and the error that its connection ends with; none where only the stream pays. */
    enum Wrong {
        HEADERS_ON_STREAM_ZERO("PROTOCOL_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(HEADERS, END_HEADERS, 0, client.block(":method", "GET"));
            }
        },
        AN_EVEN_STREAM("PROTOCOL_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.get(2, "/healthz");
            }
        },
        DATA_OUT_OF_NOTHING("PROTOCOL_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.data(7, true, new byte[] {1});
            }
        },
        A_PUSH("PROTOCOL_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(FrameType.PUSH_PROMISE.getValue(), END_HEADERS, 1, new byte[4]);
            }
        },
        A_FRAME_TOO_LARGE("FRAME_SIZE_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(0, 0, 1, new byte[(16 << 10) + 1]);
            }
        },
        A_WINDOW_WIDENED_BY_NOTHING("PROTOCOL_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(WINDOW_UPDATE, 0, 0, new byte[4]);
            }
        },
        A_WINDOW_TOO_WIDE("FLOW_CONTROL_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(
                        WINDOW_UPDATE,
                        0,
                        0,
                        ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array());
            }
        },
        MALFORMED_SETTINGS("FRAME_SIZE_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(SETTINGS, 0, 0, new byte[5]);
            }
        },
        AN_ENDLESS_BLOCK_OF_HEADERS("ENHANCE_YOUR_CALM") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(HEADERS, 0, 1, new byte[0]);
                for (int i = 0; i < 20; i++) {
                    client.frame(CONTINUATION, 0, 1, client.block("x-filler", "y".repeat(10_000)));
                }
            }
        },
        AN_INTERRUPTED_BLOCK_OF_HEADERS("PROTOCOL_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(HEADERS, 0, 1, client.block(":method", "GET"));
                client.frame(SETTINGS, 0, 0, new byte[0]);
            }
        },
        HEADERS_THAT_EXPAND("COMPRESSION_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                ByteArrayOutputStream block = new ByteArrayOutputStream();
                // One entry of 4,000 bytes into the table, then a thousand times by a byte.
                block.write(0x40);
                block.write(1);
                block.write('x');
                block.write(0x7f);
                block.write(0xa1);
                block.write(0x1e);
                block.write(new byte[4_000]);
                for (int i = 0; i < 1_000; i++) {
                    block.write(0xbe);
                }
                client.frame(HEADERS, END_HEADERS, 1, block.toByteArray());
            }
        },
        GARBAGE_FOR_HEADERS("COMPRESSION_ERROR") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.frame(HEADERS, END_HEADERS, 1, new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f});
            }
        },
        FRAMES_THAT_CARRY_NOTHING("ENHANCE_YOUR_CALM") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                for (int i = 0; i < 10_100; i++) {
                    client.frame(FrameType.PRIORITY.getValue(), 0, 1, new byte[5]);
                }
            }
        },
        STREAMS_OPENED_ONLY_TO_BE_GIVEN_UP("ENHANCE_YOUR_CALM") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                for (int i = 0; i < 500; i++) {
                    client.get(2 * i + 1, "/function/echo/");
                    client.frame(
                            FrameType.RST_STREAM.getValue(),
                            0,
                            2 * i + 1,
                            ByteBuffer.allocate(4).putInt(8).array());
                }
            }
        },
        A_BODY_SHORTER_THAN_IT_SAYS("") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.request(1, false, "POST", "/function/echo/", "content-length", "50000");
                client.data(1, true, "GET /smuggled HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            }
        },
        A_BODY_LONGER_THAN_IT_SAYS("") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.request(1, false, "POST", "/function/echo/", "content-length", "3");
                client.data(1, true, "GET /smuggled HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            }
        },
        A_LINE_END_IN_A_VALUE("") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.request(1, true, "GET", "/function/echo/", "x-bad", "a\r\nHost: other");
            }
        },
        A_BLANK_IN_THE_PATH("") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.get(1, "/function/echo/ HTTP/1.1\r\nX: y");
            }
        },
        TWO_LENGTHS("") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.request(1, false, "POST", "/function/echo/", "content-length", "1", "content-length", "2");
            }
        },
        A_FIELD_OF_HTTP1("") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.request(1, true, "GET", "/function/echo/", "transfer-encoding", "chunked");
            }
        },
        NO_PATH("") {
            @Override
            void commit(RawHttp2 client) throws IOException {
                client.headers(1, true, ":method", "GET", ":scheme", "http", ":authority", "localhost");
            }
        };

        private final String error;

        Wrong(String error) {
            this.error = error;
        }

        abstract void commit(RawHttp2 client) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void whoBreaksTheRulesIsTold(Wrong wrong) throws Exception {
        try (RawHttp2 client = client()) {
            try {
                wrong.commit(client);
            } catch (java.net.SocketException e) {
                // Ended before it had said everything.
                assertThat(wrong.error).isNotEmpty();
            }
            if (wrong.error.isEmpty()) {
                assertThat(client.answer(1).error()).isEqualTo("PROTOCOL_ERROR");
                client.get(9, "/healthz");
                assertThat(client.answer(9).field(":status")).isEqualTo("200");
            } else {
                assertThat(client.end()).isIn(wrong.error, "");
            }
        }
        assertThat(seen.get() == null || seen.get().getPath().equals("/")).isTrue();
        assertThat(fixture.get("/function/echo/").statusCode()).isEqualTo(200);
    }

    @Test
    void noiseNeverEndsTheServer() throws Exception {
        long seed = Long.getLong("thaw.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            try (RawHttp2 client = client()) {
                for (int frame = random.nextInt(8); frame >= 0; frame--) {
                    byte[] payload = new byte[random.nextInt(64)];
                    random.nextBytes(payload);
                    client.frame(random.nextInt(12), random.nextInt(256), random.nextInt(6), payload);
                }
            } catch (java.net.SocketException e) {
                // Ended by the server, as is its right.
            }
        }
        List<String> answers = new ArrayList<>();
        try (RawHttp2 client = client()) {
            for (int i = 0; i < 5; i++) {
                client.get(2 * i + 1, "/healthz");
                answers.add(client.answer(2 * i + 1).field(":status"));
            }
        }
        assertThat(answers).containsOnly("200");
    }
}
