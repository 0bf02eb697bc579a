package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Set;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way from one side to the other, in constant memory: what has come is sent on at once when nothing more is there yet, so that a
 * slow stream is seen as it comes. The reader waits for the writer, which is the back pressure.
 */
final class BodyStream implements HttpEntity {
    static final int BUFFER_BYTES = 32 << 10;

    private final Source source;
    private final long length;
    private final Supplier<List<? extends Header>> trailers;
    private final Runnable broken;

    /** Where bytes come from. */
    interface Source {
        int read(byte[] target, int offset, int length) throws IOException;

        /** How many could be read without waiting, as far as that is known. */
        int available() throws IOException;
    }

    /**
     * @param length -1 when it is not known
     * @param trailers asked once the body has ended
     * @param broken ends the target's connection: a body that breaks off must not look complete to it
     */
    BodyStream(Source source, long length, Supplier<List<? extends Header>> trailers, Runnable broken) {
        this.source = requireNonNull(source, "source is null");
        this.length = length;
        this.trailers = requireNonNull(trailers, "trailers is null");
        this.broken = requireNonNull(broken, "broken is null");
    }

    @Override
    public void writeTo(OutputStream target) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        int count;
        while ((count = readOrBreak(buffer)) >= 0) {
            target.write(buffer, 0, count);
            if (source.available() == 0) {
                target.flush();
            }
        }
    }

    /** The target is told here, for httpcore would close its chunks in order before the exception arrives anywhere. */
    private int readOrBreak(byte[] buffer) throws IOException {
        try {
            return source.read(buffer, 0, buffer.length);
        } catch (IOException | RuntimeException e) {
            broken.run();
            throw e;
        }
    }

    @Override
    public Supplier<List<? extends Header>> getTrailers() {
        return trailers;
    }

    @Override
    public Set<String> getTrailerNames() {
        return Set.of();
    }

    @Override
    public long getContentLength() {
        return length;
    }

    @Override
    public @Nullable String getContentType() {
        return null;
    }

    @Override
    public @Nullable String getContentEncoding() {
        return null;
    }

    @Override
    public boolean isChunked() {
        return length < 0;
    }

    @Override
    public boolean isRepeatable() {
        return false;
    }

    @Override
    public boolean isStreaming() {
        return true;
    }

    @Override
    public InputStream getContent() {
        throw new UnsupportedOperationException("This body can only be sent on.");
    }

    @Override
    public void close() {
        // Both sides' connections are closed by who opened them.
    }
}
