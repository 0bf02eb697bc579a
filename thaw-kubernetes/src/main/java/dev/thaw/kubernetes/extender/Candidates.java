package dev.thaw.kubernetes.extender;

import java.util.Arrays;

/** The names of a request's nodes, one after the other in one array. To be used again. */
final class Candidates {
    private char[] text = new char[4096];
    private int[] ends = new int[128];
    private int count;

    void clear() {
        count = 0;
    }

    void add(char[] source, int offset, int length) {
        int start = start(count);
        if (start + length > text.length) {
            text = Arrays.copyOf(text, (start + length) * 2);
        }
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, count * 2);
        }
        System.arraycopy(source, offset, text, start, length);
        ends[count++] = start + length;
    }

    int count() {
        return count;
    }

    char[] text() {
        return text;
    }

    int start(int i) {
        return i == 0 ? 0 : ends[i - 1];
    }

    int length(int i) {
        return ends[i] - start(i);
    }

    String name(int i) {
        return new String(text, start(i), length(i));
    }
}
