package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.thaw.image.TarEntry.Attributes;
import dev.thaw.image.TarEntry.Segment;
import dev.thaw.image.TarEntry.Type;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive (ustar, pax, GNU, star) entry by entry, byte-exactly and in bounded memory. Why a reader of our
 * own: docs/decisions/own-tar-reader.md.
 */
final class TarReader {
    private static final int BLOCK = 512;
    private static final int MAX_HEADER_BYTES = 1 << 20;

    private final InputStream in;
    private long stored;
    private long left;
    private int padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** The next entry; what is left of the one before it is skipped. Empty at the archive's end. */
    Optional<TarEntry> next() throws IOException {
        skip(left + padding);
        left = 0;
        padding = 0;
        PendingHeaders pending = new PendingHeaders();
        while (true) {
            byte[] block = in.readNBytes(BLOCK);
            if (block.length == 0 && pending.isEmpty() || block.length == BLOCK && isZero(block)) {
                return Optional.empty();
            }
            if (block.length < BLOCK) {
                throw truncated();
            }
            if (!TarNumbers.checksumHolds(block)) {
                throw ImageException.malformed(
                        "A layer is no tar archive, or is damaged: a header's checksum is wrong.");
            }
            char type = (char) (block[156] & 0xFF);
            long size = TarNumbers.parse(block, 124, 12);
            switch (type) {
                case 'x' -> pending.add(PaxRecords.parse(extension(size)));
                case 'L' -> pending.longName = text(extension(size));
                case 'K' -> pending.longLink = text(extension(size));
                case 'g', 'V' -> extension(size);
                default -> {
                    return Optional.of(entry(type, block, size, pending));
                }
            }
        }
    }

    /** Reads the current entry's stored bytes; -1 when all were read. */
    int read(byte[] to, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int read = in.read(to, offset, (int) Math.min(length, left));
        if (read < 0) {
            throw truncated();
        }
        left -= read;
        return read;
    }

    static ImageException truncated() {
        return ImageException.malformed(
                "A layer's archive ends in the middle of an entry. Build or fetch the image anew.");
    }

    private TarEntry entry(char flag, byte[] block, long headerSize, PendingHeaders pending) throws IOException {
        String name = pending.name(ustarName(block));
        Type type = type(flag, name);
        long size = pending.size(headerSize);
        if (size < 0) {
            throw ImageException.malformed("An archive's entry has a negative size: '" + TarText.readable(name) + "'.");
        }
        Attributes attributes = pending.attributes(block);
        String linkName = pending.link(field(block, 157, 100));
        int major = (int) TarNumbers.parse(block, 329, 8);
        int minor = (int) TarNumbers.parse(block, 337, 8);
        if (type != Type.FILE) {
            // Such an entry carries no data, whatever its size field says.
            return new TarEntry(type, name, linkName, 0, attributes, major, minor, List.of());
        }
        begin(size);
        @Nullable SparseMap sparse = pending.sparseMap();
        long realSize = pending.realSize(size);
        if (flag == 'S') {
            sparse = SparseMap.old(block, in);
            realSize = TarNumbers.parse(block, 483, 12);
        } else if (pending.hasLeadingMap()) {
            SparseMap.Leading leading = SparseMap.leading(in);
            sparse = leading.map();
            left -= leading.bytes();
            stored -= leading.bytes();
        }
        List<Segment> segments = sparse == null ? List.of(new Segment(0, size)) : sparse.segments(realSize, stored);
        return new TarEntry(type, name, "", sparse == null ? size : realSize, attributes, 0, 0, segments);
    }

    private void begin(long size) {
        stored = size;
        left = size;
        padding = (int) (-size & (BLOCK - 1));
    }

    private static Type type(char flag, String name) throws ImageException {
        return switch (flag) {
            // Before POSIX a directory was a file whose name ends in a slash.
            case '0', 0, '7', 'S' -> name.endsWith("/") ? Type.DIRECTORY : Type.FILE;
            case '1' -> Type.HARD_LINK;
            case '2' -> Type.SYMLINK;
            case '3' -> Type.CHARACTER_DEVICE;
            case '4' -> Type.BLOCK_DEVICE;
            case '5' -> Type.DIRECTORY;
            case '6' -> Type.FIFO;
            default ->
                throw ImageException.malformed(
                        "An archive has an entry of an unknown type '" + flag + "': '" + TarText.readable(name) + "'.");
        };
    }

    private static String ustarName(byte[] block) {
        String name = field(block, 0, 100);
        boolean posix = new String(block, 257, 6, ISO_8859_1).equals("ustar\0");
        if (!posix) {
            return name;
        }
        boolean star = new String(block, 508, 4, ISO_8859_1).equals("tar\0");
        String prefix = field(block, 345, star ? 131 : 155);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private byte[] extension(long size) throws IOException {
        if (size < 0 || size > MAX_HEADER_BYTES) {
            throw ImageException.tooLarge("An archive has an extended header of " + size + " bytes; at most "
                    + MAX_HEADER_BYTES + " are accepted.");
        }
        byte[] content = in.readNBytes((int) size);
        if (content.length < size) {
            throw truncated();
        }
        skip(-size & (BLOCK - 1));
        return content;
    }

    private void skip(long bytes) throws IOException {
        try {
            in.skipNBytes(bytes);
        } catch (java.io.EOFException e) {
            throw (ImageException) truncated().initCause(e);
        }
    }

    private static String text(byte[] content) {
        return field(content, 0, content.length);
    }

    static String field(byte[] block, int offset, int length) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return new String(block, offset, end - offset, ISO_8859_1);
    }

    private static boolean isZero(byte[] block) {
        for (byte value : block) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }
}
