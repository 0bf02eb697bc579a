package dev.thaw.load.plan;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.OutputStream;

/** Assembles comma separated values in ASCII; nothing that is written needs quoting. */
final class CsvBuffer {
    private static final int SIZE = 1 << 16;
    private static final int LONGEST_NUMBER = 11;

    private final OutputStream out;
    private final byte[] buffer = new byte[SIZE];
    private int length;

    CsvBuffer(OutputStream out) {
        this.out = requireNonNull(out, "out is null");
    }

    CsvBuffer text(String text) throws IOException {
        if (length + text.length() > SIZE) {
            flush();
        }
        for (int i = 0; i < text.length(); i++) {
            buffer[length++] = (byte) text.charAt(i);
        }
        return this;
    }

    CsvBuffer number(int number) throws IOException {
        if (number >= 0 && number < 10 && length + LONGEST_NUMBER <= SIZE) {
            buffer[length++] = (byte) ('0' + number);
            return this;
        }
        return text(Integer.toString(number));
    }

    CsvBuffer comma() throws IOException {
        return put((byte) ',');
    }

    CsvBuffer endRow() throws IOException {
        return put((byte) '\n');
    }

    void flush() throws IOException {
        out.write(buffer, 0, length);
        length = 0;
    }

    private CsvBuffer put(byte value) throws IOException {
        if (length == SIZE) {
            flush();
        }
        buffer[length++] = value;
        return this;
    }
}
