package dev.thaw.cli.bench.store;

import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is in many files, in blocks of {@value #BLOCK_BYTES} bytes: counted by plain means, apart from the store that is measured.
 *
 * @param logicalBytes of the files
 * @param nonZeroBytes of the blocks that hold a byte other than zero
 * @param distinctBytes of these, each counted once
 */
record DistinctBlocks(long logicalBytes, long nonZeroBytes, long distinctBytes) {
    static final int BLOCK_BYTES = 4 << 10;

    private static final int WINDOW_BYTES = 1 << 20;

    /** The first half of a block's digest: enough to tell blocks apart that nobody forged. */
    private record Name(long high, long low) {
        static Name of(byte[] digest) {
            ByteBuffer bytes = ByteBuffer.wrap(digest);
            return new Name(bytes.getLong(), bytes.getLong());
        }
    }

    /** Counts, and writes each distinct block to {@code out} where it is first met. */
    static DistinctBlocks copy(List<Path> files, OutputStream out) throws IOException {
        Set<Name> seen = new HashSet<>();
        MessageDigest hasher = Digest.hasher();
        byte[] window = new byte[WINDOW_BYTES];
        byte[] zeros = new byte[BLOCK_BYTES];
        long logical = 0;
        long nonZero = 0;
        long distinct = 0;
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                for (int read = in.readNBytes(window, 0, WINDOW_BYTES);
                        read > 0;
                        read = in.readNBytes(window, 0, WINDOW_BYTES)) {
                    logical += read;
                    for (int at = 0; at < read; at += BLOCK_BYTES) {
                        int end = Math.min(at + BLOCK_BYTES, read);
                        if (Arrays.equals(window, at, end, zeros, 0, end - at)) {
                            continue;
                        }
                        nonZero += end - at;
                        hasher.update(window, at, end - at);
                        if (seen.add(Name.of(hasher.digest()))) {
                            distinct += end - at;
                            out.write(window, at, end - at);
                        }
                    }
                }
            }
        }
        return new DistinctBlocks(logical, nonZero, distinct);
    }
}
