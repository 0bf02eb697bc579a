package dev.thaw.store.chunk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The identity of a block, or of a frame of blocks, within one epoch of a trust domain: the first 16 bytes of a keyed
 * hash of its plain bytes. It never leaves the domain in the clear.
 */
public record BlockId(long high, long low) {
    public static final int BYTES = 16;

    /** Of the first 16 bytes of {@code hash} from {@code offset} on. */
    static BlockId of(byte[] hash, int offset) {
        ByteBuffer bytes = ByteBuffer.wrap(hash).order(ByteOrder.BIG_ENDIAN);
        return new BlockId(bytes.getLong(offset), bytes.getLong(offset + Long.BYTES));
    }

    void writeTo(byte[] target, int offset) {
        ByteBuffer.wrap(target).putLong(offset, high).putLong(offset + Long.BYTES, low);
    }
}
