package dev.thaw.store.chunk;

import dev.thaw.store.object.StoreException;

/** Leaves bytes as they are: for frames that would not become smaller. */
final class PlainCodec implements Codec {
    static final byte MARK = 0;

    @Override
    public byte mark() {
        return MARK;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset, int capacity) {
        if (length > capacity) {
            return -1;
        }
        System.arraycopy(source, offset, target, targetOffset, length);
        return length;
    }

    @Override
    public void decompress(byte[] source, int offset, int length, byte[] target, int plainLength)
            throws StoreException {
        if (length != plainLength) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "A frame has " + length + " bytes where " + plainLength + " belong.");
        }
        System.arraycopy(source, offset, target, 0, length);
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
