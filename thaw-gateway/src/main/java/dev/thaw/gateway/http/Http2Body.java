package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http2.Http2Stream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.io.entity.BasicHttpEntity;

/** The body that comes on a stream of HTTP/2, in the shape that httpcore's messages have. */
public final class Http2Body extends InputStream implements Trailers.Source {
    private final Http2Stream stream;

    private Http2Body(Http2Stream stream) {
        this.stream = requireNonNull(stream, "stream is null");
    }

    /** @param head tells the length, if anybody does; it has been checked */
    public static HttpEntity entity(Http2Stream stream, MessageHeaders head) {
        Header length = head.getFirstHeader(HttpHeaders.CONTENT_LENGTH);
        long bytes = length == null ? -1 : Long.parseLong(length.getValue());
        return new BasicHttpEntity(new Http2Body(stream), bytes, (ContentType) null);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        return stream.read(target, offset, length);
    }

    @Override
    public int available() {
        return stream.available();
    }

    @Override
    public List<Header> trailers() {
        return stream.trailers();
    }
}
