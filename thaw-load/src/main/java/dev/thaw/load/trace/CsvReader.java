package dev.thaw.load.trace;

import static java.util.Objects.requireNonNull;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads comma separated values row by row and knows where it is. Every row must have as many fields as the header, as in RFC 4180;
 * empty lines are skipped, a byte order mark and carriage returns are accepted. A row's bytes are kept, fields become objects only when
 * asked for: most of a trace is counts.
 */
public final class CsvReader implements Closeable {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int limit;

    private byte[] row = new byte[BUFFER];
    private int rowLength;
    private int[] fieldEnds = new int[64];
    private int fields;
    private long line;
    private long nextLine = 1;
    private final List<String> header;

    public CsvReader(Path file) {
        this.file = requireNonNull(file, "file is null");
        try {
            in = Files.newInputStream(file);
        } catch (NoSuchFileException e) {
            throw new TraceException(file + ": there is no such file.", e);
        } catch (IOException e) {
            throw new TraceException(file + ": cannot be read: " + e.getMessage(), e);
        }
        try {
            skipByteOrderMark();
            if (!readRow()) {
                throw TraceException.at(file, "is empty. It must begin with a line of column names.");
            }
            header = new ArrayList<>();
            for (int i = 0; i < fields; i++) {
                header.add(text(i));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** U+FEFF in UTF-8, which spreadsheets write first. */
    private void skipByteOrderMark() {
        if (read() == 0xEF && limit >= 3 && (buffer[1] & 0xFF) == 0xBB && (buffer[2] & 0xFF) == 0xBF) {
            position = 3;
        } else {
            position = 0;
        }
    }

    public List<String> header() {
        return header;
    }

    /** Index of a column, ignoring case; −1 when there is none. */
    public int column(String name) {
        for (int i = 0; i < header.size(); i++) {
            if (header.get(i).strip().equalsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    /** Index of a column that must be there. */
    public int requiredColumn(String name) {
        int index = column(name);
        if (index < 0) {
            throw TraceException.at(
                    file, 1, 1, "has no column '" + name + "'. Its columns are " + shortened(header) + ".");
        }
        return index;
    }

    /** Moves to the next row; false at the end. */
    public boolean next() {
        if (!readRow()) {
            return false;
        }
        if (fields != header.size()) {
            throw error(
                    Math.min(fields, header.size()),
                    "has " + fields + " fields where the header has " + header.size() + ".");
        }
        return true;
    }

    public String text(int field) {
        int start = start(field);
        return new String(row, start, fieldEnds[field] - start, StandardCharsets.UTF_8);
    }

    public boolean isEmpty(int field) {
        return start(field) == fieldEnds[field];
    }

    /** A count: a whole number from 0 to 2³¹−1. */
    public int count(int field) {
        int start = start(field);
        int end = fieldEnds[field];
        long value = 0;
        for (int i = start; i < end; i++) {
            int digit = row[i] - '0';
            if (digit < 0 || digit > 9 || value > Integer.MAX_VALUE / 10) {
                throw error(field, "'" + text(field) + "' is not a count. Write a whole number from 0 to 2147483647.");
            }
            value = value * 10 + digit;
        }
        if (start == end || value > Integer.MAX_VALUE) {
            throw error(field, "'" + text(field) + "' is not a count. Write a whole number from 0 to 2147483647.");
        }
        return (int) value;
    }

    /** A finite number. */
    public double number(int field) {
        String text = text(field).strip();
        try {
            double value = Double.parseDouble(text);
            if (!Double.isFinite(value)) {
                throw error(field, "'" + text + "' is not a finite number.");
            }
            return value;
        } catch (NumberFormatException e) {
            throw error(field, "'" + text + "' is not a number.");
        }
    }

    public TraceException error(int field, String message) {
        int column = field < fields ? start(field) + field + 1 : rowLength + fields;
        String name = field < header.size() ? " (" + header.get(field) + ")" : "";
        return TraceException.at(file, line, column, "field " + (field + 1) + name + ": " + message);
    }

    private static String shortened(List<String> names) {
        return names.size() <= 8 ? names.toString() : names.subList(0, 8) + " and " + (names.size() - 8) + " more";
    }

    private int start(int field) {
        return field == 0 ? 0 : fieldEnds[field - 1];
    }

    /** Fields are stored one behind the other, without commas and quotes. */
    private boolean readRow() {
        int first;
        do {
            line = nextLine;
            first = read();
            if (first == '\r') {
                first = read();
            }
            if (first == '\n') {
                nextLine++;
            }
        } while (first == '\n');
        if (first < 0) {
            return false;
        }
        rowLength = 0;
        fields = 0;
        int next = first;
        while (true) {
            next = next == '"' ? readQuoted() : readPlain(next);
            endField();
            if (next != ',') {
                nextLine++;
                return true;
            }
            next = read();
        }
    }

    private int readPlain(int first) {
        int next = first;
        while (next != ',' && next != '\n' && next >= 0) {
            append(next);
            next = read();
        }
        if (next != ',' && rowLength > 0 && row[rowLength - 1] == '\r') {
            rowLength--;
        }
        return next;
    }

    private int readQuoted() {
        while (true) {
            int next = read();
            if (next < 0) {
                throw TraceException.at(file, line, rowLength + 1, "a quoted field is not closed.");
            }
            if (next == '"') {
                next = read();
                if (next != '"') {
                    if (next == '\r') {
                        next = read();
                    }
                    if (next != ',' && next != '\n' && next >= 0) {
                        throw TraceException.at(file, line, rowLength + 1, "text follows a closing quote.");
                    }
                    return next;
                }
            } else if (next == '\n') {
                nextLine++;
            }
            append(next);
        }
    }

    private void append(int value) {
        if (rowLength == row.length) {
            row = Arrays.copyOf(row, rowLength * 2);
        }
        row[rowLength++] = (byte) value;
    }

    private void endField() {
        if (fields == fieldEnds.length) {
            fieldEnds = Arrays.copyOf(fieldEnds, fields * 2);
        }
        fieldEnds[fields++] = rowLength;
    }

    private int read() {
        if (position == limit) {
            try {
                limit = in.read(buffer);
            } catch (IOException e) {
                throw new TraceException(file + ": cannot be read: " + e.getMessage(), e);
            }
            position = 0;
            if (limit <= 0) {
                limit = 0;
                return -1;
            }
        }
        return buffer[position++] & 0xFF;
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new TraceException(file + ": cannot be closed: " + e.getMessage(), e);
        }
    }
}
