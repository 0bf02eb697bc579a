package dev.thaw.load.run;

import dev.thaw.load.run.Exchange.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The form of an invocation over HTTP: {@code POST} with {@code {"runtime_ms": …, "memory_mib": …}}, and In-Vitro's headers, so that
 * functions written for In-Vitro's HTTP client run as well. The answer may be a JSON object with In-Vitro's {@code Function} and
 * {@code ExecutionTime} (µs) and our {@code MemoryUsageInKb}, or anything else.
 */
final class TraceFunctionHttp {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String MEMORY_FAILURE = "FAILURE - mem_alloc";

    private TraceFunctionHttp() {}

    static FullHttpRequest request(Invocation invocation) {
        String body =
                "{\"runtime_ms\":" + invocation.runtimeMillis() + ",\"memory_mib\":" + invocation.memoryMib() + "}";
        ByteBuf bytes = Unpooled.wrappedBuffer(body.getBytes(StandardCharsets.US_ASCII));
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.POST, invocation.target().path(), bytes);
        request.headers()
                .set(HttpHeaderNames.HOST, invocation.target().authority())
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.readableBytes())
                .set("function", invocation.function())
                .set("requested_cpu", invocation.runtimeMillis())
                .set("requested_memory", invocation.memoryMib());
        return request;
    }

    /** @param body the beginning of the answer's body, or all of it */
    static Answer answer(HttpHeaders headers, String body) {
        JsonNode json = parse(body);
        String start = header(headers, "Thaw-Start");
        String timing = String.join(", ", headers.getAll("Server-Timing"));
        long duration = json.path("ExecutionTime").asLong(0);
        return new Answer(
                json.path("Function").asString(""),
                duration > 0 ? duration : ServerTiming.functionMicros(timing, start),
                json.path("MemoryUsageInKb").asLong(0) / 1024,
                start,
                header(headers, "Thaw-Worker"),
                header(headers, "Thaw-Instance"),
                timing);
    }

    static boolean isMemoryFailure(String message) {
        return message.startsWith(MEMORY_FAILURE);
    }

    private static String header(HttpHeaders headers, String name) {
        String value = headers.get(name);
        return value == null ? "" : value;
    }

    private static JsonNode parse(String body) {
        if (body.startsWith("{")) {
            try {
                return JSON.readTree(body);
            } catch (JacksonException e) {
                // A function may answer whatever it likes; then it says nothing about its run.
                return JSON.createObjectNode();
            }
        }
        return JSON.createObjectNode();
    }
}
