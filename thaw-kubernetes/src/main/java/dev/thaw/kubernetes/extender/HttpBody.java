package dev.thaw.kubernetes.extender;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** A request's body, of a told length or in chunks. */
final class HttpBody extends InputStream {
    static final long CHUNKED = -1;

    /** More than this is not read for the sake of the next request. */
    private static final long DRAIN_LIMIT = 64 << 10;

    private static final int LINE_LIMIT = 1024;

    private final HttpConnection connection;
    private final boolean chunked;

    /** Bytes left of the body, or of the chunk at hand. */
    private long left;

    private boolean ended;
    private boolean begun;

    HttpBody(HttpConnection connection, long length) {
        this.connection = connection;
        this.chunked = length == CHUNKED;
        this.left = chunked ? 0 : length;
        this.ended = !chunked && length == 0;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!ended && left == 0) {
            nextChunk();
        }
        if (ended) {
            return -1;
        }
        int count = connection.read(target, offset, (int) Math.min(length, left));
        left -= count;
        if (left == 0 && !chunked) {
            ended = true;
        }
        return count;
    }

    private void nextChunk() throws IOException {
        if (begun && !connection.line(LINE_LIMIT).isEmpty()) {
            throw new HttpConnection.BadHead(400, "a chunk is longer than it says");
        }
        begun = true;
        String size = connection.line(LINE_LIMIT);
        int semicolon = size.indexOf(';');
        String digits = (semicolon < 0 ? size : size.substring(0, semicolon)).strip();
        if (digits.isEmpty() || digits.length() > 15 || !digits.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            throw new HttpConnection.BadHead(400, "the length of a chunk is not a number");
        }
        left = Long.parseLong(digits, 16);
        if (left == 0) {
            ended = true;
            for (int lines = 0; !connection.line(LINE_LIMIT).isEmpty(); lines++) {
                if (lines == 100) {
                    throw new HttpConnection.BadHead(431, "too many lines follow the last chunk");
                }
            }
        }
    }

    /** Whether the body has been read to its end, if need be by reading a little more. */
    boolean drain() throws IOException {
        if (!ended && !chunked && left > DRAIN_LIMIT) {
            return false;
        }
        byte[] rest = new byte[4096];
        for (long drained = 0; !ended; ) {
            int count = read(rest, 0, rest.length);
            drained += Math.max(0, count);
            if (drained > DRAIN_LIMIT) {
                return false;
            }
        }
        return true;
    }
}
