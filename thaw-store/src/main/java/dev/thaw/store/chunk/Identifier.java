package dev.thaw.store.chunk;

import dev.thaw.store.key.DataKey;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;

/** Gives blocks and frames their identities. Belongs to one thread. */
public final class Identifier {
    private final Mac blocks;
    private final Mac frames;
    private final byte[] hash;

    public Identifier(DataKey key) {
        blocks = key.mac("thaw block identity 1");
        frames = key.mac("thaw frame identity 1");
        hash = new byte[blocks.getMacLength()];
    }

    /** The identity of a block, which may be shorter than {@link Blocks#BYTES} at an image's end. */
    public BlockId block(byte[] bytes, int offset, int length) {
        blocks.update(bytes, offset, length);
        return finish(blocks);
    }

    /** The identity of a frame: that of its blocks' identities in their order. */
    public BlockId frame(byte[] identities, int offset, int length) {
        frames.update(identities, offset, length);
        return finish(frames);
    }

    private BlockId finish(Mac mac) {
        try {
            mac.doFinal(hash, 0);
            return BlockId.of(hash, 0);
        } catch (ShortBufferException e) {
            throw new IllegalStateException("The hash is longer than it says.", e);
        }
    }
}
