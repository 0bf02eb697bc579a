package dev.thaw.gateway.http2;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;

/** Sends bodies as httpcore's messages have them over streams, the same way for requests and answers. */
public final class Http2Entities {
    private Http2Entities() {}

    /** Sends the whole body and its trailers, and ends this side of the stream. */
    public static void send(HttpEntity entity, Http2Stream stream) throws IOException {
        entity.writeTo(new Output(stream));
        Supplier<List<? extends Header>> trailers = entity.getTrailers();
        List<? extends Header> last = trailers == null ? null : trailers.get();
        stream.end(last == null ? List.of() : Http2Messages.trailers(last));
    }

    private static final class Output extends OutputStream {
        private final Http2Stream stream;

        Output(Http2Stream stream) {
            this.stream = requireNonNull(stream, "stream is null");
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            stream.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
        }
    }
}
