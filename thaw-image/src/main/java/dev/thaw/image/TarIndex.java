package dev.thaw.image;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Where each file of a plain archive on disk lies, so that it can be read out of order. */
final class TarIndex {
    static final TarIndex EMPTY = new TarIndex(Path.of("/dev/null"));

    /** A file's bytes in the archive. */
    record Part(long offset, long length) {}

    private static final int MAX_HOPS = 8;

    private final Path file;
    private final Map<String, Part> parts = new HashMap<>();
    private final Map<String, String> links = new HashMap<>();

    private TarIndex(Path file) {
        this.file = file;
    }

    static TarIndex of(Path file, ImageLimits limits) throws IOException {
        TarIndex index = new TarIndex(file);
        try (Position in = new Position(new BufferedInputStream(Files.newInputStream(file)))) {
            TarReader reader = new TarReader(in);
            int entries = 0;
            for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                if (++entries > limits.entries()) {
                    throw ImageException.tooLarge(
                            "The archive " + file + " has more than " + limits.entries() + " entries.");
                }
                index.add(next.get(), in.position);
            }
        }
        return index;
    }

    private void add(TarEntry entry, long position) throws ImageException {
        String name = String.join("/", FileTree.components(entry.name()));
        switch (entry.type()) {
            case FILE -> {
                if (entry.segments().size() == 1) {
                    parts.put(name, new Part(position, entry.size()));
                }
            }
            // Layers that an image has twice are links: `../ID/layer.tar` beside the link, or from the top.
            case SYMLINK -> links.put(name, resolve(name, entry.linkName()));
            case HARD_LINK -> links.put(name, entry.linkName());
            default -> {}
        }
    }

    private static String resolve(String name, String target) {
        Path parent = Path.of("/" + name).getParent();
        Path resolved = (parent == null ? Path.of("/") : parent).resolve(target).normalize();
        return resolved.toString().substring(1);
    }

    Optional<Part> find(String name) {
        String at = name;
        for (int hop = 0; hop < MAX_HOPS; hop++) {
            Part part = parts.get(at);
            if (part != null) {
                return Optional.of(part);
            }
            String target = links.get(at);
            if (target == null) {
                return Optional.empty();
            }
            at = target;
        }
        return Optional.empty();
    }

    InputStream open(Part part) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            in.skipNBytes(part.offset());
            return new Bounded(in, part.length());
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** Counts what was read and skipped. */
    private static final class Position extends FilterInputStream {
        private long position;

        Position(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            position += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int read = in.read(to, offset, length);
            position += Math.max(0, read);
            return read;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long skipped = in.skip(bytes);
            position += skipped;
            return skipped;
        }
    }

    private static final class Bounded extends FilterInputStream {
        private long left;

        Bounded(InputStream in, long length) {
            super(in);
            left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = in.read(to, offset, (int) Math.min(left, length));
            left -= Math.max(0, read);
            return read;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long skipped = in.skip(Math.min(bytes, left));
            left -= skipped;
            return skipped;
        }
    }
}
