package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One connection's side of HTTP/1.1 (RFC 9112): requests one after the other, with bodies of a told length or in chunks. What is
 * not understood ends the connection, so that no two readers can disagree about where a request begins.
 */
final class HttpConnection {
    private static final int HEAD_LIMIT = 16 << 10;
    private static final int LINGER_LIMIT = 16 << 20;
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final InputStream in;
    private final OutputStream out;
    private final Runnable answering;

    /** Larger than any head, so that a line always fits. */
    private final byte[] buffer = new byte[64 << 10];

    private int at;
    private int end;
    private byte[] answer = new byte[16 << 10];
    private HttpBody body;

    private String method = "";
    private String path = "";
    private boolean keepAlive;

    /** What the other side sent is not HTTP, or more of it than is read. */
    static final class BadHead extends IOException {
        private static final long serialVersionUID = 1;

        final int status;

        BadHead(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    /** @param answering told when an answer begins to be sent */
    HttpConnection(InputStream in, OutputStream out, Runnable answering) {
        this.in = requireNonNull(in, "in is null");
        this.out = requireNonNull(out, "out is null");
        this.answering = requireNonNull(answering, "answering is null");
        this.body = new HttpBody(this, 0);
    }

    String method() {
        return method;
    }

    /** Without the query. */
    String path() {
        return path;
    }

    /** The request's body; to be read before the answer is sent. */
    InputStream body() {
        return body;
    }

    /** Waits for the first byte of a request; false where the other side has closed the connection instead. */
    boolean awaitRequest() throws IOException {
        return at < end || fill();
    }

    /**
     * Reads a request up to its body.
     *
     * @throws BadHead where it is not HTTP
     */
    void readHead() throws IOException {
        int limit = HEAD_LIMIT;
        String line = line(limit);
        limit -= line.length() + 2;
        String[] words = line.split(" ", -1);
        if (words.length != 3 || !words[2].startsWith("HTTP/1.") || words[0].isEmpty() || !words[1].startsWith("/")) {
            throw new BadHead(400, "the first line is not that of a request");
        }
        method = words[0];
        path = words[1].indexOf('?') < 0 ? words[1] : words[1].substring(0, words[1].indexOf('?'));
        keepAlive = !words[2].equals("HTTP/1.0");
        Fields fields = new Fields();
        for (line = line(limit); !line.isEmpty(); line = line(limit)) {
            limit -= line.length() + 2;
            fields.take(line);
        }
        keepAlive &= !fields.close;
        if (fields.chunked && fields.length >= 0) {
            throw new BadHead(400, "the body has a length and is chunked as well");
        }
        body = new HttpBody(this, fields.chunked ? HttpBody.CHUNKED : Math.max(0, fields.length));
        if (fields.expectContinue) {
            out.write(CONTINUE);
        }
    }

    /** The header fields that matter. */
    private static final class Fields {
        private long length = -1;
        private boolean chunked;
        private boolean close;
        private boolean expectContinue;

        void take(String line) throws BadHead {
            int colon = line.indexOf(':');
            if (colon <= 0 || line.charAt(0) == ' ' || line.charAt(0) == '\t' || line.charAt(colon - 1) == ' ') {
                throw new BadHead(400, "a header line is none");
            }
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "content-length" -> {
                    long told = number(value);
                    if (length >= 0 && length != told) {
                        throw new BadHead(400, "the body has two lengths");
                    }
                    length = told;
                }
                case "transfer-encoding" -> {
                    if (!value.equalsIgnoreCase("chunked") || chunked) {
                        throw new BadHead(501, "the transfer encoding is not just chunked");
                    }
                    chunked = true;
                }
                case "connection" -> close |= value.equalsIgnoreCase("close");
                case "expect" -> expectContinue = value.equalsIgnoreCase("100-continue");
                default -> {
                    // Nothing else changes what is answered.
                }
            }
        }

        private static long number(String value) throws BadHead {
            if (value.isEmpty() || value.length() > 18 || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw new BadHead(400, "the body's length is not a number");
            }
            return Long.parseLong(value);
        }
    }

    /**
     * Sends an answer.
     *
     * @param last whether the connection ends with it
     * @return whether another request may follow
     */
    boolean answer(int status, String type, byte[] bytes, int length, boolean last) throws IOException {
        boolean again = keepAlive && !last && body.drain();
        answering.run();
        byte[] head = ("HTTP/1.1 " + status + " " + reason(status) + "\r\nContent-Type: " + type
                        + "\r\nContent-Length: " + length + (again ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n"))
                .getBytes(StandardCharsets.US_ASCII);
        if (head.length + length > answer.length) {
            answer = new byte[2 * (head.length + length)];
        }
        System.arraycopy(head, 0, answer, 0, head.length);
        System.arraycopy(bytes, 0, answer, head.length, length);
        out.write(answer, 0, head.length + length);
        out.flush();
        return again;
    }

    private static String reason(int status) {
        return status == 200 ? "OK" : "Refused";
    }

    /** One line without its end. Bytes beyond ASCII become characters that match nothing. */
    String line(int limit) throws IOException {
        int from = at;
        while (true) {
            for (int i = from; i < end; i++) {
                if (buffer[i] == '\n') {
                    int length = (i > at && buffer[i - 1] == '\r' ? i - 1 : i) - at;
                    if (length > limit) {
                        throw tooLong();
                    }
                    String line = new String(buffer, at, length, StandardCharsets.ISO_8859_1);
                    at = i + 1;
                    return line;
                }
            }
            if (end - at > limit) {
                throw tooLong();
            }
            int seen = end - at;
            if (!fill()) {
                throw new EOFException("the connection ended within a request");
            }
            from = at + seen;
        }
    }

    private static BadHead tooLong() {
        return new BadHead(431, "the head of the request is too long");
    }

    /** Reads on for a while after the last answer: a connection that is closed with bytes unread may take the answer with it. */
    void linger() throws IOException {
        for (int discarded = 0; discarded < LINGER_LIMIT; discarded += end) {
            at = end;
            if (!fill()) {
                return;
            }
        }
    }

    /** Reads bytes of the body as they come. */
    int read(byte[] target, int offset, int length) throws IOException {
        if (at == end && !fill()) {
            throw new EOFException("the connection ended within a request");
        }
        int count = Math.min(length, end - at);
        System.arraycopy(buffer, at, target, offset, count);
        at += count;
        return count;
    }

    /** Reads at least a byte more; false at the end. */
    private boolean fill() throws IOException {
        if (at == end) {
            at = 0;
            end = 0;
        } else if (end == buffer.length) {
            System.arraycopy(buffer, at, buffer, 0, end - at);
            end -= at;
            at = 0;
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count <= 0) {
            return false;
        }
        end += count;
        return true;
    }
}
