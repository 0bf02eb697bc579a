package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.text.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.ProtocolVersion;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;

/** One request and its answer. The request's body may be read in one thread while the answer is written in another. */
public final class Exchange {
    private final Reply reply;
    private final ClassicHttpRequest request;
    private final long receivedNanos;
    private final RequestBody body;
    private final String path;
    private final String query;
    private boolean responded;

    Exchange(Reply reply, ClassicHttpRequest request, long bodyLimit, long now) throws ProblemException, IOException {
        this.reply = requireNonNull(reply, "reply is null");
        this.request = requireNonNull(request, "request is null");
        receivedNanos = now;
        String target = RequestRules.originForm(request);
        int mark = target.indexOf('?');
        path = mark < 0 ? target : target.substring(0, mark);
        query = mark < 0 ? "" : target.substring(mark + 1);
        body = RequestBody.of(request, bodyLimit, this::sendContinue);
    }

    public ClassicHttpRequest request() {
        return request;
    }

    public String method() {
        return request.getMethod();
    }

    /** As it was sent, still encoded. */
    public String path() {
        return path;
    }

    /** As it was sent, without the question mark; empty when there is none. */
    public String query() {
        return query;
    }

    /** The query's parameters, decoded; of a name that comes twice the last. */
    public Map<String, String> parameters() throws ProblemException {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : query.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : pair.substring(equals + 1);
            try {
                parameters.put(
                        URLDecoder.decode(name, StandardCharsets.UTF_8),
                        URLDecoder.decode(value, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw new ProblemException(Problem.badRequest("The query is not encoded correctly: " + e.getMessage()));
            }
        }
        return parameters;
    }

    public Optional<String> header(String name) {
        Header header = request.getFirstHeader(name);
        return header == null ? Optional.empty() : Optional.ofNullable(header.getValue());
    }

    /** The host that was asked for, with its port; empty for a client of HTTP/1.0 that names none. */
    public String host() {
        return RequestRules.host(request);
    }

    public InetAddress client() {
        return reply.client();
    }

    /** {@link System#nanoTime} when the head of the request was there. */
    public long receivedNanos() {
        return receivedNanos;
    }

    /** What the client sends; reading it first asks a client that waits for it to go on. */
    public RequestBody body() {
        return body;
    }

    /** Whether a status line has gone out that is the last. */
    public boolean responded() {
        return responded;
    }

    /** Sends an interim answer, where the client's version of HTTP knows them. */
    public void inform(ClassicHttpResponse interim) throws HttpException, IOException {
        reply.inform(interim);
    }

    private void sendContinue() throws IOException {
        if (responded) {
            return;
        }
        try {
            inform(new BasicClassicHttpResponse(100));
        } catch (HttpException e) {
            throw new IOException(e);
        }
    }

    /** Answers with what {@code entity} there is. Framing is done here: give neither length nor encoding of the transfer as headers. */
    public void respond(ClassicHttpResponse response) throws HttpException, IOException {
        responded = true;
        if (body.isAbandoned()) {
            reply.last();
        }
        reply.send(response);
    }

    public void respond(int status, String mediaType, byte[] content) throws HttpException, IOException {
        ClassicHttpResponse response = new BasicClassicHttpResponse(status);
        response.setEntity(new ByteArrayEntity(content, ContentType.parse(mediaType)));
        respond(response);
    }

    public void respond(Problem problem) throws HttpException, IOException {
        respond(new BasicClassicHttpResponse(problem.status()), problem);
    }

    /** Answers, and lets the connection end with it where it carries one request at a time. */
    void respondLast(Problem problem) throws HttpException, IOException {
        reply.last();
        respond(problem);
    }

    /** @param response with headers that the problem needs beside its own */
    public void respond(ClassicHttpResponse response, Problem problem) throws HttpException, IOException {
        problem.retryAfterSeconds()
                .ifPresent(seconds -> response.setHeader(HttpHeaders.RETRY_AFTER, Integer.toString(seconds)));
        byte[] content = Json.line(problem.json(path));
        response.setEntity(new ByteArrayEntity(content, ContentType.parse(Problem.MEDIA_TYPE)));
        respond(response);
    }

    /** Breaks off in the middle of an answer, so that the client cannot take what it has for the whole. */
    public void abort() {
        reply.abort();
    }

    /** Runs {@code action} once when the client is known to be gone before its answer was complete. Over HTTP/1.x only writing tells. */
    public void whenGone(Runnable action) {
        reply.whenGone(action);
    }

    /** Whether the client speaks HTTP/2. */
    public boolean isHttp2() {
        ProtocolVersion version = request.getVersion();
        return version != null && version.greaterEquals(HttpVersion.HTTP_2);
    }
}
