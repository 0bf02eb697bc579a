package dev.thaw.cli.bench.origin;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * The head of a request or of an answer: its bytes, which are passed on as they are, and as much of their meaning as is needed to find where the body ends.
 *
 * @param bytes with the blank line
 * @param firstLine without its end
 */
record HttpHead(byte[] bytes, String firstLine, Framing framing) {
    /** How a body's end is known. */
    sealed interface Framing {
        record Length(long bytes) implements Framing {}

        record Chunked() implements Framing {}

        /** Not said: an answer then goes on to the end of the connection. */
        record Unsaid() implements Framing {}
    }

    HttpHead {
        requireNonNull(bytes, "bytes is null");
        requireNonNull(firstLine, "firstLine is null");
        requireNonNull(framing, "framing is null");
    }

    static HttpHead parse(byte[] bytes) throws IOException {
        String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\r\n", -1);
        Optional<String> length = Optional.empty();
        boolean chunked = false;
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            String name = colon < 0 ? "" : lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            String value = lines[i].substring(colon + 1).strip();
            if (name.equals("content-length")) {
                length = Optional.of(value);
            } else if (name.equals("transfer-encoding")) {
                chunked = value.toLowerCase(Locale.ROOT).endsWith("chunked");
            }
        }
        if (chunked) {
            return new HttpHead(bytes, lines[0], new Framing.Chunked());
        }
        return new HttpHead(
                bytes, lines[0], length.isPresent() ? new Framing.Length(number(length.get())) : new Framing.Unsaid());
    }

    private static long number(String text) throws IOException {
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("Not a length of a body: '" + text + "'", e);
        }
    }

    /** The first value of a header; its name in lower case. */
    Optional<String> header(String name) {
        return new String(bytes, StandardCharsets.ISO_8859_1)
                .lines()
                .skip(1)
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst();
    }

    /** Where an answer's body begins in its object. */
    long offset() throws IOException {
        String range = header("content-range").orElse("bytes 0-");
        int begin = range.indexOf(' ') + 1;
        int end = range.indexOf('-');
        if (end < begin) {
            throw new IOException("Not a range: '" + range + "'");
        }
        return number(range.substring(begin, end));
    }

    /** The word of the first line at {@code index}: of a request method and target, of an answer version and status. */
    String word(int index) throws IOException {
        String[] words = firstLine.split(" ", 3);
        if (words.length <= index) {
            throw new IOException("Not HTTP: '" + firstLine + "'");
        }
        return words[index];
    }

    /** An answer's status. */
    int status() throws IOException {
        return Math.toIntExact(number(word(1)));
    }
}
