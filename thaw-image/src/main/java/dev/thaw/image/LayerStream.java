package dev.thaw.image;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.thaw.store.Digest;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPInputStream;

/**
 * A layer's uncompressed bytes. Digests are taken on both sides of the decompression and compared by {@link #verify}; until
 * then nothing of what was read may be believed.
 */
final class LayerStream implements AutoCloseable {
    private final Layer layer;
    private final Metered compressed;
    private final Metered expanded;

    LayerStream(Layer layer, InputStream raw, long expandedLimit) throws IOException {
        this.layer = layer;
        compressed =
                new Metered(raw, layer.size(), "A layer has more bytes than its manifest says. Fetch the image anew.");
        expanded = new Metered(
                expand(new BufferedInputStream(new NeverIdle(compressed), 128 << 10)),
                expandedLimit,
                "A layer expands to more than " + expandedLimit + " bytes.");
    }

    /** The uncompressed archive. */
    InputStream archive() {
        return expanded;
    }

    /** How many uncompressed bytes were read so far. */
    long expandedBytes() {
        return expanded.count;
    }

    /** Reads to the end and compares digests and size with what the image's documents say. */
    void verify() throws IOException {
        drain(expanded);
        drain(compressed);
        if (compressed.count != layer.size()) {
            throw new ImageException(
                    ImageException.Kind.CORRUPT,
                    "A layer has " + compressed.count + " bytes where its manifest says " + layer.size()
                            + ". Fetch the image anew.");
        }
        if (layer.digest().isPresent()) {
            compare("layer", layer.digest().get(), Digest.of(compressed.hasher));
        }
        compare("uncompressed layer", layer.diffId(), Digest.of(expanded.hasher));
    }

    private static void compare(String what, Digest expected, Digest found) throws ImageException {
        if (!expected.equals(found)) {
            throw new ImageException(
                    ImageException.Kind.CORRUPT,
                    "A " + what + " has the digest " + found + " where the image says " + expected
                            + ". Fetch or build the image anew.");
        }
    }

    private static void drain(InputStream in) throws IOException {
        in.transferTo(java.io.OutputStream.nullOutputStream());
    }

    /** By what the bytes say, because media types are often wrong. */
    private static InputStream expand(BufferedInputStream raw) throws IOException {
        raw.mark(6);
        byte[] magic = raw.readNBytes(6);
        raw.reset();
        if (starts(magic, 0x1F, 0x8B)) {
            return new Unpacked(new GZIPInputStream(raw, 64 << 10));
        }
        if (starts(magic, 0x28, 0xB5, 0x2F, 0xFD)) {
            return new Unpacked(new ZstdInputStreamNoFinalizer(raw));
        }
        if (starts(magic, 'B', 'Z', 'h') || starts(magic, 0xFD, '7', 'z', 'X', 'Z')) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    "A layer is compressed with bzip2 or xz. Layers may be plain, gzip or zstd: build the image anew.");
        }
        return raw;
    }

    private static boolean starts(byte[] bytes, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if (i >= bytes.length || (bytes[i] & 0xFF) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        expanded.close();
    }

    /** Counts, hashes and bounds what is read. */
    private static final class Metered extends FilterInputStream {
        private final MessageDigest hasher = Digest.hasher();
        private final long limit;
        private final String beyond;
        private long count;

        Metered(InputStream in, long limit, String beyond) {
            super(in);
            this.limit = limit;
            this.beyond = beyond;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int read = in.read(to, offset, length);
            if (read > 0) {
                count += read;
                if (count > limit) {
                    throw ImageException.tooLarge(beyond);
                }
                hasher.update(to, offset, read);
            }
            return read;
        }

        @Override
        public long skip(long bytes) throws IOException {
            // Skipped bytes belong to the digest too.
            byte[] scratch = new byte[(int) Math.min(bytes, 8192)];
            return Math.max(0, read(scratch, 0, scratch.length));
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    /** Says that more may come: a gzip reader looks for further members only then. */
    private static final class NeverIdle extends FilterInputStream {
        NeverIdle(InputStream in) {
            super(in);
        }

        @Override
        public int available() {
            return 1;
        }
    }

    /** A decompressor whose complaints say what they are about. */
    private static final class Unpacked extends FilterInputStream {
        Unpacked(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            try {
                return in.read(to, offset, length);
            } catch (ImageException e) {
                throw e;
            } catch (IOException e) {
                throw new ImageException(
                        ImageException.Kind.CORRUPT,
                        "A layer cannot be decompressed: " + e.getMessage() + ". Fetch the image anew.",
                        e);
            }
        }
    }
}
