package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.thaw.image.TarEntry.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** The maps by which archives leave out the holes of sparse files: GNU's old one, and pax 0.0, 0.1 and 1.0. */
final class SparseMap {
    private static final int MAX_SEGMENTS = 1 << 18;
    private static final int BLOCK = 512;

    private final List<Segment> segments = new ArrayList<>();

    void add(long offset, long length) throws ImageException {
        Segment last = segments.isEmpty() ? new Segment(0, 0) : segments.getLast();
        if (offset < last.offset() + last.length() || length < 0 || offset > Long.MAX_VALUE - length) {
            throw broken();
        }
        if (segments.size() == MAX_SEGMENTS) {
            throw ImageException.tooLarge("An archive's sparse file has more than " + MAX_SEGMENTS + " pieces.");
        }
        if (length > 0) {
            segments.add(new Segment(offset, length));
        }
    }

    /** The segments, checked against the file's size and the bytes that the archive carries for it. */
    List<Segment> segments(long size, long stored) throws ImageException {
        long sum = 0;
        for (Segment segment : segments) {
            sum += segment.length();
        }
        if (sum != stored || !segments.isEmpty() && end() > size) {
            throw broken();
        }
        return List.copyOf(segments);
    }

    private long end() {
        return segments.getLast().offset() + segments.getLast().length();
    }

    /** GNU's old form: four pieces in the header, then extension blocks of 21. */
    static SparseMap old(byte[] header, InputStream in) throws IOException {
        SparseMap map = new SparseMap();
        map.addFields(header, 386, 4);
        boolean extended = header[482] != 0;
        while (extended) {
            byte[] block = in.readNBytes(BLOCK);
            if (block.length < BLOCK) {
                throw TarReader.truncated();
            }
            map.addFields(block, 0, 21);
            extended = block[504] != 0;
        }
        return map;
    }

    private void addFields(byte[] block, int offset, int count) throws ImageException {
        for (int i = 0; i < count; i++) {
            int at = offset + 24 * i;
            if (block[at] == 0) {
                return;
            }
            add(TarNumbers.parse(block, at, 12), TarNumbers.parse(block, at + 12, 12));
        }
    }

    /** Pax 0.1: {@code offset,length,offset,length,…}. */
    static SparseMap list(String text) throws ImageException {
        SparseMap map = new SparseMap();
        String[] numbers = text.split(",", -1);
        if (text.isEmpty()) {
            return map;
        }
        if (numbers.length % 2 != 0) {
            throw broken();
        }
        for (int i = 0; i < numbers.length; i += 2) {
            map.add(TarNumbers.decimal(numbers[i], "sparse map"), TarNumbers.decimal(numbers[i + 1], "sparse map"));
        }
        return map;
    }

    /** Pax 1.0: lines of decimal numbers before the data, padded to a block. Also says how many bytes it took. */
    record Leading(SparseMap map, long bytes) {}

    static Leading leading(InputStream in) throws IOException {
        Lines lines = new Lines(in);
        SparseMap map = new SparseMap();
        long count = lines.number();
        for (long i = 0; i < count; i++) {
            map.add(lines.number(), lines.number());
        }
        return new Leading(map, lines.taken);
    }

    private static final class Lines {
        private final InputStream in;
        private byte[] block = {};
        private int at;
        private long taken;

        Lines(InputStream in) {
            this.in = in;
        }

        long number() throws IOException {
            StringBuilder digits = new StringBuilder();
            while (true) {
                if (at == block.length) {
                    block = in.readNBytes(BLOCK);
                    at = 0;
                    taken += BLOCK;
                    if (block.length < BLOCK) {
                        throw TarReader.truncated();
                    }
                }
                char next = new String(block, at++, 1, ISO_8859_1).charAt(0);
                if (next == '\n') {
                    return TarNumbers.decimal(digits.toString(), "sparse map");
                }
                if (next < '0' || next > '9' || digits.length() > 18) {
                    throw broken();
                }
                digits.append(next);
            }
        }
    }

    private static ImageException broken() {
        return ImageException.malformed(
                "An archive has a sparse file whose map contradicts itself. Build the image anew.");
    }
}
