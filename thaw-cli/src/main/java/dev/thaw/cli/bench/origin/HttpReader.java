package dev.thaw.cli.bench.origin;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** One direction of an HTTP/1.1 connection, read message by message (RFC 9112). */
final class HttpReader {
    /** Gets a body's bytes as they stand on the connection, with the frames of a chunked one. */
    @FunctionalInterface
    interface Sink {
        void write(byte[] bytes, int offset, int length) throws IOException, InterruptedException;
    }

    private static final int BUFFER_BYTES = 64 << 10;
    private static final int MOST_HEAD_BYTES = 64 << 10;
    private static final int MOST_LINE_BYTES = 4 << 10;
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LINE_END = "\r\n".getBytes(StandardCharsets.US_ASCII);

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int start;
    private int end;

    HttpReader(InputStream in) {
        this.in = requireNonNull(in, "in is null");
    }

    /** The next message's head; empty when the other side has ended. */
    Optional<HttpHead> head() throws IOException {
        if (start == end && !fill()) {
            return Optional.empty();
        }
        return Optional.of(HttpHead.parse(through(HEAD_END, MOST_HEAD_BYTES)));
    }

    /** Passes the body on that {@code framing} describes. */
    void body(HttpHead.Framing framing, Sink sink) throws IOException, InterruptedException {
        switch (framing) {
            case HttpHead.Framing.Length length -> pass(length.bytes(), sink);
            case HttpHead.Framing.Chunked _ -> chunks(sink);
            case HttpHead.Framing.Unsaid _ -> rest(sink);
        }
    }

    private void chunks(Sink sink) throws IOException, InterruptedException {
        while (true) {
            byte[] line = through(LINE_END, MOST_LINE_BYTES);
            sink.write(line, 0, line.length);
            long size = chunkSize(new String(line, StandardCharsets.ISO_8859_1));
            if (size == 0) {
                break;
            }
            pass(size + LINE_END.length, sink);
        }
        byte[] trailer;
        do {
            trailer = through(LINE_END, MOST_LINE_BYTES);
            sink.write(trailer, 0, trailer.length);
        } while (trailer.length > LINE_END.length);
    }

    private static long chunkSize(String line) throws IOException {
        try {
            return Long.parseLong(line.strip().split(";", 2)[0].strip(), 16);
        } catch (NumberFormatException e) {
            throw new IOException("Not a chunk's size: '" + line.strip() + "'", e);
        }
    }

    private void pass(long bytes, Sink sink) throws IOException, InterruptedException {
        for (long left = bytes; left > 0; ) {
            if (start == end && !fill()) {
                throw new EOFException("A body ended " + left + " bytes early.");
            }
            int length = (int) Math.min(left, end - start);
            sink.write(buffer, start, length);
            start += length;
            left -= length;
        }
    }

    private void rest(Sink sink) throws IOException, InterruptedException {
        while (start < end || fill()) {
            sink.write(buffer, start, end - start);
            start = end;
        }
    }

    /** All up to and with {@code mark}. */
    private byte[] through(byte[] mark, int most) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < mark.length) {
            if (start == end && !fill()) {
                throw new EOFException("The connection ended inside a message's head.");
            }
            byte next = buffer[start++];
            bytes.write(next);
            matched = next == mark[matched] ? matched + 1 : next == mark[0] ? 1 : 0;
            if (bytes.size() > most) {
                throw new IOException("A line or a head is longer than " + most + " bytes.");
            }
        }
        return bytes.toByteArray();
    }

    private boolean fill() throws IOException {
        start = 0;
        end = Math.max(0, in.read(buffer));
        return end > 0;
    }
}
