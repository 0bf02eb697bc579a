package dev.thaw.kubernetes.extender;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The names of a request's nodes in UTF-8, one after the other in one array. To be used again. */
final class Candidates {
    private byte[] text = new byte[4096];
    private int[] ends = new int[128];
    private int count;

    void clear() {
        count = 0;
    }

    void add(char[] source, int offset, int length) {
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, count * 2);
        }
        int start = start(count);
        ensure(start + length);
        int all = 0;
        for (int i = 0; i < length; i++) {
            char c = source[offset + i];
            text[start + i] = (byte) c;
            all |= c;
        }
        ends[count++] = all < 0x80 ? start + length : encode(source, offset, length, start);
    }

    /** No name of a node, but it has to be given back as it was. */
    private int encode(char[] source, int offset, int length, int start) {
        byte[] encoded = new String(source, offset, length).getBytes(StandardCharsets.UTF_8);
        ensure(start + encoded.length);
        System.arraycopy(encoded, 0, text, start, encoded.length);
        return start + encoded.length;
    }

    private void ensure(int length) {
        if (length > text.length) {
            text = Arrays.copyOf(text, length * 2);
        }
    }

    int count() {
        return count;
    }

    byte[] text() {
        return text;
    }

    int start(int i) {
        return i == 0 ? 0 : ends[i - 1];
    }

    int length(int i) {
        return ends[i] - start(i);
    }

    String name(int i) {
        return new String(text, start(i), length(i), StandardCharsets.UTF_8);
    }
}
