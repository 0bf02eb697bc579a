package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http.Http2Body;
import dev.thaw.gateway.http2.Http2Connection;
import dev.thaw.gateway.http2.Http2Entities;
import dev.thaw.gateway.http2.Http2Limits;
import dev.thaw.gateway.http2.Http2Listener;
import dev.thaw.gateway.http2.Http2Messages;
import dev.thaw.gateway.http2.Http2Stream;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An exchange with a function over HTTP/2 without TLS (h2c, with prior knowledge), on a connection of its own. */
final class FunctionHttp2 implements FunctionHttp {
    private static final Logger log = LoggerFactory.getLogger(FunctionHttp2.class);

    private final FunctionSocket socket;
    private final Http2Connection connection;
    private final Http2Stream stream;
    private volatile long firstByteNanos;

    private FunctionHttp2(FunctionSocket socket, Http2Connection connection) {
        this.socket = requireNonNull(socket, "socket is null");
        this.connection = requireNonNull(connection, "connection is null");
        stream = connection.open();
        Thread.ofVirtual().name("thaw-function-http2").start(this::read);
    }

    /**
     * Greets the function in HTTP/2; nothing of the request is sent before it has greeted back.
     *
     * @return empty when it does not speak HTTP/2; the socket is closed then
     * @throws IOException when it cannot be reached
     */
    static Optional<FunctionHttp> greet(FunctionSocket socket, Duration timeout) throws IOException {
        Http2Connection connection = new Http2Connection(
                socket.getInputStream(), socket.getOutputStream(), Http2Limits.waiting(timeout), Http2Listener.CLIENT);
        connection.start();
        if (!connection.awaitSettings()) {
            socket.close();
            return Optional.empty();
        }
        return Optional.of(new FunctionHttp2(socket, connection));
    }

    private void read() {
        try {
            connection.run();
        } catch (IOException e) {
            // Whoever waits for the stream has the same cause.
            log.debug("A function's connection ended: {}", e.toString());
        }
    }

    @Override
    public void sendHead(ClassicHttpRequest request, boolean bodyFollows) throws IOException {
        Header host = request.getFirstHeader(HttpHeaders.HOST);
        String authority = host == null ? "localhost" : host.getValue();
        stream.writeHead(Http2Messages.fields(request, authority), request.getEntity() == null);
        stream.flush();
    }

    @Override
    public void sendBody(ClassicHttpRequest request) throws IOException {
        HttpEntity entity = request.getEntity();
        if (entity == null) {
            return;
        }
        Http2Entities.send(entity, stream);
    }

    @Override
    public ClassicHttpResponse receiveHead() throws HttpException, IOException {
        ClassicHttpResponse response = Http2Messages.response(stream.awaitHead());
        if (firstByteNanos == 0) {
            firstByteNanos = System.nanoTime();
        }
        return response;
    }

    @Override
    public void receiveBody(ClassicHttpResponse response) {
        if (stream.isBodyless()) {
            return;
        }
        response.setEntity(Http2Body.entity(stream, response));
    }

    @Override
    public long firstByteNanos() {
        return firstByteNanos;
    }

    @Override
    public void timeout(Duration limit) {
        stream.timeout(limit);
        socket.timeout(limit);
    }

    /** Ends the connection; the function sees that a stream under way was given up by the connection's end. */
    @Override
    public void close() {
        socket.close();
    }
}
