package dev.thaw.cli;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.text.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Talks to a daemon, one connection a call. Plain sockets under httpcore: the JDK's client would take longer to load than most commands
 * run.
 */
public final class Client {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** The daemon keeps a function's own timeout; this is for a daemon that is gone without a word. */
    private static final Duration SILENCE = Duration.ofMinutes(30);

    private final String host;
    private final int port;
    private final String authority;

    /** @throws CommandFailure when it is no address of a server */
    public Client(URI server) {
        requireNonNull(server, "server is null");
        if (!"http".equals(server.getScheme()) || server.getHost() == null) {
            throw new CommandFailure("Not a server: '" + server + "'. Write http://HOST:PORT.");
        }
        String name = server.getHost();
        host = name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
        port = server.getPort() < 0 ? 80 : server.getPort();
        authority = server.getAuthority();
    }

    /**
     * Sends a request and reads the answer's head.
     *
     * @throws CommandFailure when the daemon cannot be reached or breaks off
     */
    public Reply send(ClassicHttpRequest request) {
        Socket socket = new Socket();
        @Nullable Reply reply = null;
        try {
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(host, port), Math.toIntExact(CONNECT_TIMEOUT.toMillis()));
            socket.setSoTimeout(Math.toIntExact(SILENCE.toMillis()));
            if (!request.containsHeader(HttpHeaders.HOST)) {
                request.setHeader(HttpHeaders.HOST, authority);
            }
            request.setHeader(HttpHeaders.CONNECTION, "close");
            frame(request);
            reply = Reply.of(socket, request);
            return reply;
        } catch (ConnectException | SocketTimeoutException | UnknownHostException e) {
            throw new CommandFailure(
                    "No daemon answers at http://" + authority
                            + ". Start one with `thaw serve`, or name another with --server.",
                    e);
        } catch (IOException | HttpException e) {
            throw new CommandFailure("The daemon at http://" + authority + " broke off: " + e.getMessage(), e);
        } finally {
            if (reply == null) {
                closeQuietly(socket);
            }
        }
    }

    private static void frame(ClassicHttpRequest request) {
        HttpEntity entity = request.getEntity();
        if (entity == null) {
            return;
        }
        if (entity.getContentLength() >= 0) {
            request.setHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(entity.getContentLength()));
        } else {
            request.setHeader(HttpHeaders.TRANSFER_ENCODING, "chunked");
        }
        if (entity.getContentType() != null) {
            request.setHeader(HttpHeaders.CONTENT_TYPE, entity.getContentType());
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new CommandFailure("A connection cannot be closed: " + e.getMessage(), e);
        }
    }

    /**
     * Calls the API.
     *
     * @param path with its query
     * @throws CommandFailure with the problem's detail when the daemon refuses
     */
    public JsonNode call(String method, String path) {
        try (Reply reply = send(new BasicClassicHttpRequest(method, path))) {
            return reply.json();
        }
    }

    /** Asks for a text, as of metrics. */
    public String text(String path) {
        try (Reply reply = send(new BasicClassicHttpRequest("GET", path))) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            reply.copyTo(text);
            if (reply.status() != 200) {
                throw new CommandFailure(path + " is answered with " + reply.status() + ".");
            }
            return text.toString(StandardCharsets.UTF_8);
        }
    }

    /** Deploys a function and tells how it goes on; returns it as the daemon describes it. */
    public JsonNode deploy(JsonNode spec, Consumer<String> progress) {
        ClassicHttpRequest request = new BasicClassicHttpRequest("POST", "/api/v1/functions");
        request.setHeader(HttpHeaders.ACCEPT, "application/x-ndjson");
        request.setEntity(new ByteArrayEntity(Json.line(spec), ContentType.APPLICATION_JSON));
        try (Reply reply = send(request)) {
            if (reply.status() != 200) {
                throw reply.refusal();
            }
            @Nullable JsonNode last = null;
            for (String line = reply.line(); line != null; line = reply.line()) {
                JsonNode json = Json.read(line.getBytes(StandardCharsets.UTF_8));
                if (json.has("progress")) {
                    progress.accept(json.get("progress").stringValue());
                } else {
                    last = json;
                }
            }
            if (last == null) {
                throw new CommandFailure("The daemon broke the deployment off.");
            }
            if (last.has("problem")) {
                throw new CommandFailure(last.get("problem").get("detail").stringValue());
            }
            return last.get("function");
        }
    }

    /**
     * Invokes a function and takes its whole answer.
     *
     * @param path as the function sees it, with its query
     */
    public Invocation invoke(String function, String method, String path, Map<String, String> headers, byte[] body) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        return invoke(
                function, method, path, headers, body.length == 0 ? null : new ByteArrayEntity(body, null), content);
    }

    /** Invokes a function; its answer's body goes to {@code target} as it comes, and is part of the result only when that is a byte array's stream. */
    public Invocation invoke(
            String function,
            String method,
            String path,
            Map<String, String> headers,
            @Nullable HttpEntity body,
            OutputStream target) {
        String suffix = path.startsWith("/") ? path : "/" + path;
        ClassicHttpRequest request = new BasicClassicHttpRequest(method, "/function/" + function + suffix);
        headers.forEach(request::addHeader);
        request.setEntity(body);
        if (body == null && (method.equals("POST") || method.equals("PUT") || method.equals("PATCH"))) {
            request.setHeader(HttpHeaders.CONTENT_LENGTH, "0");
        }
        long begin = System.nanoTime();
        try (Reply reply = send(request)) {
            long firstByte = System.nanoTime();
            reply.copyTo(target);
            byte[] content = target instanceof ByteArrayOutputStream bytes ? bytes.toByteArray() : new byte[0];
            return Invocation.of(reply, content, begin, (firstByte - begin) / 1e6, (System.nanoTime() - begin) / 1e6);
        }
    }
}
