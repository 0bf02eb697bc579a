package dev.thaw.kubernetes.extender;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes that becomes a HostPriorityList. To be used again. */
final class Answer {
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

    /** @param score not negative */
    void add(int score) {
        ensure(11);
        int digits = 1;
        for (int rest = score; rest >= 10; rest /= 10) {
            digits++;
        }
        int rest = score;
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
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
