package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.impl.io.DefaultBHttpServerConnection;
import org.apache.hc.core5.io.CloseMode;

/** An answer over HTTP/1.x. It also decides whether the connection can take another request. */
final class Http1Reply implements Reply {
    private final DefaultBHttpServerConnection connection;
    private final Socket socket;
    private final ClassicHttpRequest request;
    private boolean keepAlive;

    Http1Reply(DefaultBHttpServerConnection connection, Socket socket, ClassicHttpRequest request) {
        this.connection = requireNonNull(connection, "connection is null");
        this.socket = requireNonNull(socket, "socket is null");
        this.request = requireNonNull(request, "request is null");
        keepAlive = RequestRules.wantsKeepAlive(request);
    }

    @Override
    public InetAddress client() {
        return socket.getInetAddress();
    }

    @Override
    public void inform(ClassicHttpResponse interim) throws HttpException, IOException {
        if (request.getVersion() == null || request.getVersion().greaterEquals(HttpVersion.HTTP_1_1)) {
            connection.sendResponseHeader(interim);
            connection.flush();
        }
    }

    @Override
    public void send(ClassicHttpResponse response) throws HttpException, IOException {
        keepAlive &= ResponseFraming.apply(request, response, keepAlive);
        connection.sendResponseHeader(response);
        if (ResponseFraming.hasBody(request.getMethod(), response)) {
            connection.sendResponseEntity(response);
        }
        connection.flush();
    }

    /** Keeps what has been sent; only where the connection's end would be the answer's end too, it is reset. */
    @Override
    public void abort() {
        keepAlive = false;
        if (!RequestRules.atLeast11(request)) {
            connection.close(CloseMode.IMMEDIATE);
            return;
        }
        try {
            socket.close();
        } catch (IOException e) {
            connection.close(CloseMode.IMMEDIATE);
        }
    }

    @Override
    public void whenGone(Runnable action) {
        // A client that has ended its sending side may still wait for the answer: only writing tells.
    }

    @Override
    public void last() {
        keepAlive = false;
    }

    boolean keepsAlive() {
        return keepAlive;
    }
}
