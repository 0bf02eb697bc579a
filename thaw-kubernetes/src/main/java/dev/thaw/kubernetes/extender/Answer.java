package dev.thaw.kubernetes.extender;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/** A growing array of bytes that becomes a HostPriorityList. To be used again. */
final class Answer {
    /** Those that the usual scale has. */
    private static final byte[][] SCORES =
            IntStream.rangeClosed(0, 100).mapToObj(Answer::rendered).toArray(byte[][]::new);

    private byte[] bytes = new byte[8192];
    private int length;

    void clear() {
        length = 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void add(byte value) {
        ensure(1);
        bytes[length++] = value;
    }

    void add(byte[] part) {
        ensure(part.length);
        System.arraycopy(part, 0, bytes, length, part.length);
        length += part.length;
    }

    /**
     * The end of a line.
     *
     * @param score not negative
     */
    void addScore(int score) {
        add(score < SCORES.length ? SCORES[score] : rendered(score));
    }

    private static byte[] rendered(int score) {
        return (score + "}").getBytes(StandardCharsets.US_ASCII);
    }

    /** The beginning of a line of a node that the index does not know, whose name may hold anything. */
    void addUnknownHost(String name) {
        StringBuilder line = new StringBuilder("{\"Host\":\"");
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < 0x20 || c == '"' || c == '\\' || c > 0x7e) {
                line.append("\\u%04x".formatted((int) c));
            } else {
                line.append(c);
            }
        }
        add(line.append("\",\"Score\":").toString().getBytes(StandardCharsets.US_ASCII));
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
