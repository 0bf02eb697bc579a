package dev.thaw.cli;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.text.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.message.MessageSupport;
import org.apache.hc.core5.io.CloseMode;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A daemon's answer, its body still to be read. */
public final class Reply implements AutoCloseable {
    private static final int LARGEST_PROBLEM = 1 << 20;

    private final DefaultBHttpClientConnection connection;
    private final ClassicHttpResponse response;
    private @Nullable BufferedReader lines;

    private Reply(DefaultBHttpClientConnection connection, ClassicHttpResponse response) {
        this.connection = requireNonNull(connection, "connection is null");
        this.response = requireNonNull(response, "response is null");
    }

    static Reply of(Socket socket, ClassicHttpRequest request) throws IOException, HttpException {
        Http1Config config = Http1Config.custom().setBufferSize(32 << 10).build();
        DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(config);
        connection.bind(socket);
        connection.sendRequestHeader(request);
        if (request.getEntity() instanceof HeldBody held) {
            connection.flush();
            held.begin(socket.getOutputStream());
        } else if (request.getEntity() != null) {
            connection.sendRequestEntity(request);
        }
        connection.flush();
        ClassicHttpResponse response = connection.receiveResponseHeader();
        while (response.getCode() < 200) {
            response = connection.receiveResponseHeader();
        }
        if (MessageSupport.canResponseHaveBody(request.getMethod(), response)) {
            connection.receiveResponseEntity(response);
        }
        return new Reply(connection, response);
    }

    public int status() {
        return response.getCode();
    }

    public Optional<String> header(String name) {
        Header header = response.getFirstHeader(name);
        return header == null ? Optional.empty() : Optional.ofNullable(header.getValue());
    }

    public Header[] headers() {
        return response.getHeaders();
    }

    private InputStream content() throws IOException {
        HttpEntity entity = response.getEntity();
        return entity == null ? InputStream.nullInputStream() : entity.getContent();
    }

    /** Sends the body on as it comes. */
    public void copyTo(OutputStream target) {
        try {
            InputStream content = content();
            byte[] buffer = new byte[32 << 10];
            int count;
            while ((count = content.read(buffer)) >= 0) {
                target.write(buffer, 0, count);
                target.flush();
            }
        } catch (IOException e) {
            throw new CommandFailure("The answer broke off: " + e.getMessage(), e);
        }
    }

    /** The next line of the body; null at the end. */
    public @Nullable String line() {
        try {
            BufferedReader reader = lines;
            if (reader == null) {
                reader = new BufferedReader(new InputStreamReader(content(), StandardCharsets.UTF_8));
                lines = reader;
            }
            return reader.readLine();
        } catch (IOException e) {
            throw new CommandFailure("The answer broke off: " + e.getMessage(), e);
        }
    }

    /** @throws CommandFailure when the daemon refused */
    public JsonNode json() {
        if (status() >= 300) {
            throw refusal();
        }
        try {
            return Json.read(content().readAllBytes());
        } catch (IOException e) {
            throw new CommandFailure("The answer broke off: " + e.getMessage(), e);
        }
    }

    /** What the daemon said against the request. */
    public CommandFailure refusal() {
        try {
            byte[] body = content().readNBytes(LARGEST_PROBLEM);
            if (header("Content-Type").orElse("").startsWith("application/problem+json")) {
                return new CommandFailure(Json.read(body).path("detail").asString());
            }
            return new CommandFailure(
                    "The daemon answered " + status() + ": " + new String(body, StandardCharsets.UTF_8).strip());
        } catch (IOException | IllegalArgumentException e) {
            return new CommandFailure("The daemon answered " + status() + ".", e);
        }
    }

    @Override
    public void close() {
        connection.close(CloseMode.IMMEDIATE);
    }
}
