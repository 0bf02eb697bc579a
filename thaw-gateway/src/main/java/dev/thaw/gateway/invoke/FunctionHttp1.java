package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.io.CloseMode;

/** An exchange with a function over HTTP/1.1, on a connection of its own. */
final class FunctionHttp1 implements FunctionHttp {
    private static final Http1Config CONFIG = Http1Config.custom()
            .setBufferSize(16 << 10)
            .setMaxLineLength(64 << 10)
            .setMaxHeaderCount(512)
            .build();

    private final FunctionSocket socket;
    private final DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(
            CONFIG, null, null, null, null, null, new DefaultHttpResponseParserFactory(CONFIG));

    FunctionHttp1(FunctionSocket socket) throws IOException {
        this.socket = requireNonNull(socket, "socket is null");
        connection.bind(socket);
    }

    @Override
    public void sendHead(ClassicHttpRequest request, boolean bodyFollows) throws HttpException, IOException {
        connection.sendRequestHeader(request);
        if (!bodyFollows) {
            connection.flush();
        }
    }

    @Override
    public void sendBody(ClassicHttpRequest request) throws HttpException, IOException {
        connection.sendRequestEntity(request);
        connection.flush();
    }

    @Override
    public ClassicHttpResponse receiveHead() throws HttpException, IOException {
        return connection.receiveResponseHeader();
    }

    @Override
    public void receiveBody(ClassicHttpResponse response) throws HttpException, IOException {
        connection.receiveResponseEntity(response);
    }

    @Override
    public long firstByteNanos() {
        return socket.firstByteNanos();
    }

    @Override
    public void timeout(Duration limit) {
        socket.timeout(limit);
    }

    @Override
    public void close() {
        connection.close(CloseMode.IMMEDIATE);
        socket.close();
    }
}
