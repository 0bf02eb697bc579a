package dev.thaw.store.chunk;

import static java.util.Objects.requireNonNull;

/**
 * Where a frame is and what it must be.
 *
 * @param domain the folder of the trust domain that the pack belongs to
 * @param number of the frame in its pack, from 0
 * @param offset of its sealed bytes in the pack
 * @param length of its sealed bytes
 * @param blocks how many blocks it has
 * @param plainBytes what it opens to
 * @param identity of its plain bytes
 */
public record FrameRef(
        String domain, PackId pack, int number, long offset, int length, int blocks, int plainBytes, BlockId identity) {
    public FrameRef {
        requireNonNull(domain, "domain is null");
        requireNonNull(pack, "pack is null");
        requireNonNull(identity, "identity is null");
        boolean possible = number >= 0
                && offset >= 0
                && length > 0
                && length <= FrameCipher.MAX_SEALED_BYTES
                && blocks > 0
                && blocks <= Blocks.MAX_PER_FRAME
                && plainBytes > (blocks - 1) * Blocks.BYTES
                && plainBytes <= blocks * Blocks.BYTES;
        if (!possible) {
            throw new IllegalArgumentException("Not a frame: " + number + " at " + offset + " of " + length
                    + " bytes with " + blocks + " blocks of " + plainBytes + " bytes.");
        }
    }

    /** Its name, under which it is cached. */
    public FrameKey key() {
        return new FrameKey(pack, number);
    }

    public long end() {
        return offset + length;
    }
}
