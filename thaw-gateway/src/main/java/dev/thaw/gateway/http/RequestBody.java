package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;

/** A request's body as it comes in, within its bound. To be read by one thread. */
public final class RequestBody {
    /** What is read of a body that nobody wanted, so that the connection can be used again. */
    private static final long MOST_SKIPPED = 256 << 10;

    private final InputStream input;
    private final OptionalLong length;
    private final boolean present;
    private final Supplier<List<? extends Header>> trailers;

    /** Written by the reader's thread, read by the connection's when it is done. */
    private volatile boolean ended;

    /** Set when nobody will read on although the client may send on. */
    private volatile boolean abandoned;

    private volatile long taken;

    /** Asks a client that waits with its body to send it. */
    interface Asking {
        void ask() throws IOException;
    }

    private RequestBody(
            InputStream input, boolean present, OptionalLong length, Supplier<List<? extends Header>> trailers) {
        this.input = input;
        this.present = present;
        this.length = length;
        this.trailers = trailers;
        this.ended = !present;
    }

    static RequestBody of(ClassicHttpRequest request, long limit, Asking asking) throws ProblemException, IOException {
        HttpEntity entity = request.getEntity();
        if (entity == null || entity.getContentLength() == 0) {
            return new RequestBody(InputStream.nullInputStream(), false, OptionalLong.of(0), List::of);
        }
        long length = entity.getContentLength();
        if (length > limit) {
            throw tooLarge(limit).asException();
        }
        Header expect = request.getFirstHeader(HttpHeaders.EXPECT);
        boolean waits = expect != null && "100-continue".equalsIgnoreCase(expect.getValue());
        RequestBody body = new RequestBody(
                new Bounded(entity.getContent(), limit, waits ? asking : () -> {}),
                true,
                length < 0 ? OptionalLong.empty() : OptionalLong.of(length),
                Trailers.of(entity));
        return body;
    }

    static Problem tooLarge(long limit) {
        return Problem.of(
                413,
                "body-too-large",
                "The request's body is too large",
                "At most " + limit + " bytes are taken. The daemon's --max-body sets the limit.");
    }

    /** Whether there is one, as far as the head tells. */
    public boolean isPresent() {
        return present;
    }

    /** As the head says it; empty when it is sent in chunks. */
    public OptionalLong length() {
        return length;
    }

    /** How many bytes have been read. */
    public long taken() {
        return taken;
    }

    public boolean isAbandoned() {
        return abandoned;
    }

    /** Nobody will read on: the connection cannot be used for another request, unless the body had ended. */
    public void abandon() {
        abandoned = !ended;
    }

    /** What came behind a chunked body, once it has ended. */
    public List<? extends Header> trailers() {
        List<? extends Header> all = trailers.get();
        return all == null ? List.of() : all;
    }

    /**
     * Reads what there is, waiting for the first byte; -1 at the end.
     *
     * @throws BodyTooLargeException beyond the limit
     */
    public int read(byte[] target, int offset, int count) throws IOException {
        int read = input.read(target, offset, count);
        if (read < 0) {
            ended = true;
        } else {
            taken += read;
            if (length.isPresent() && taken == length.getAsLong()) {
                ended = true;
            }
        }
        return read;
    }

    /** All of it, as it must be short. */
    public byte[] readAll(int most) throws IOException, ProblemException {
        byte[] bytes = new byte[Math.min(most, 8 << 10) + 1];
        int size = 0;
        int read;
        while ((read = read(bytes, size, bytes.length - size)) >= 0) {
            size += read;
            if (size > most) {
                throw tooLarge(most).asException();
            }
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.min(2 * size, most + 1));
            }
        }
        return Arrays.copyOf(bytes, size);
    }

    boolean skipRest() throws IOException {
        byte[] buffer = new byte[8 << 10];
        long before = taken;
        while (!ended && !abandoned && taken - before < MOST_SKIPPED) {
            if (read(buffer, 0, buffer.length) < 0) {
                return true;
            }
        }
        return ended;
    }

    /** A body beyond its bound. */
    public static final class BodyTooLargeException extends IOException {
        private static final long serialVersionUID = 1;

        private final long limit;

        BodyTooLargeException(long limit) {
            super("The request's body has more than " + limit + " bytes.");
            this.limit = limit;
        }

        public Problem problem() {
            return tooLarge(limit);
        }
    }

    private static final class Bounded extends InputStream {
        private final InputStream source;
        private final long limit;
        private final Asking asking;
        private boolean asked;
        private long count;

        Bounded(InputStream source, long limit, Asking asking) {
            this.source = requireNonNull(source, "source is null");
            this.limit = limit;
            this.asking = asking;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (!asked) {
                asked = true;
                asking.ask();
            }
            int read = source.read(target, offset, length);
            count += Math.max(read, 0);
            if (count > limit) {
                throw new BodyTooLargeException(limit);
            }
            return read;
        }
    }
}
