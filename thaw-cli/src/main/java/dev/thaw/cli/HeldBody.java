package dev.thaw.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;
import org.jspecify.annotations.Nullable;

/** A body of a request that begins with the request and ends when it is told to, so that the invocation goes on until then. */
final class HeldBody extends AbstractHttpEntity {
    private static final byte[] FIRST_CHUNK = "1\r\n.\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Set when the head has been sent. */
    private @Nullable OutputStream connection;

    HeldBody() {
        super((String) null, null, true);
    }

    /** To be called after the request's head. */
    void begin(OutputStream out) throws IOException {
        connection = out;
        out.write(FIRST_CHUNK);
        out.flush();
    }

    void end() throws IOException {
        if (connection != null) {
            connection.write(END);
            connection.flush();
        }
    }

    @Override
    public boolean isStreaming() {
        return true;
    }

    @Override
    public boolean isRepeatable() {
        return false;
    }

    @Override
    public long getContentLength() {
        return -1;
    }

    @Override
    public InputStream getContent() {
        throw new UnsupportedOperationException("A held body is written as it goes.");
    }

    @Override
    public void close() {
        // The connection is its owner's.
    }
}
