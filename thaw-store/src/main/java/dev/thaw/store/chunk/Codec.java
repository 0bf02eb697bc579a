package dev.thaw.store.chunk;

import dev.thaw.store.object.StoreException;

/** A way to compress frames. Implementations belong to one thread. */
public interface Codec extends AutoCloseable {
    /** How frames of this codec are marked; never given to another one. */
    byte mark();

    /** @return how many bytes were written, or -1 when they would not fit into {@code capacity} */
    int compress(byte[] source, int offset, int length, byte[] target, int targetOffset, int capacity);

    /** @throws StoreException CORRUPT when the bytes do not decompress to exactly {@code plainLength} */
    void decompress(byte[] source, int offset, int length, byte[] target, int plainLength) throws StoreException;

    @Override
    void close();
}
