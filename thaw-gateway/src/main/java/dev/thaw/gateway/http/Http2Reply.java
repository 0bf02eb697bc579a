package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http2.Http2Entities;
import dev.thaw.gateway.http2.Http2Messages;
import dev.thaw.gateway.http2.Http2Stream;
import java.io.IOException;
import java.net.InetAddress;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http2.H2Error;

/** An answer over a stream of HTTP/2. */
final class Http2Reply implements Reply {
    private final Http2Stream stream;
    private final String method;
    private final InetAddress client;

    Http2Reply(Http2Stream stream, String method, InetAddress client) {
        this.stream = requireNonNull(stream, "stream is null");
        this.method = requireNonNull(method, "method is null");
        this.client = requireNonNull(client, "client is null");
    }

    @Override
    public InetAddress client() {
        return client;
    }

    @Override
    public void inform(ClassicHttpResponse interim) throws IOException {
        stream.writeHead(Http2Messages.fields(interim), false);
        stream.flush();
    }

    @Override
    public void send(ClassicHttpResponse response) throws IOException {
        HttpEntity entity = response.getEntity();
        if (entity != null) {
            if (entity.getContentType() != null && !response.containsHeader(HttpHeaders.CONTENT_TYPE)) {
                response.addHeader(HttpHeaders.CONTENT_TYPE, entity.getContentType());
            }
            if (entity.getContentLength() >= 0) {
                response.setHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(entity.getContentLength()));
            }
        }
        if (entity == null || !ResponseFraming.hasBody(method, response)) {
            stream.writeHead(Http2Messages.fields(response), true);
            stream.flush();
            return;
        }
        stream.writeHead(Http2Messages.fields(response), false);
        Http2Entities.send(entity, stream);
    }

    @Override
    public void last() {
        // Its end costs other streams nothing.
    }

    @Override
    public void abort() {
        stream.reset(H2Error.INTERNAL_ERROR);
    }

    @Override
    public void whenGone(Runnable action) {
        stream.whenFailed(action);
    }
}
