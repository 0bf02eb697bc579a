package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

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
                Decompression.of(compressed),
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
}
