package dev.thaw.store.object;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** An object, or a range of one, being read. Reads throw {@link StoreException}; a broken transfer never looks like an end. */
public interface ObjectReader extends ReadableByteChannel {
    /** The whole object's size and version, also where only a range is read. */
    ObjectInfo info();

    /** How many bytes this reader gives in all. */
    long lengthBytes();

    @Override
    int read(ByteBuffer target) throws StoreException;

    @Override
    void close() throws StoreException;

    /**
     * Everything, for small documents.
     *
     * @throws StoreException {@code CORRUPT} when it is longer than {@code limitBytes}
     */
    default byte[] readAll(int limitBytes) throws StoreException {
        if (lengthBytes() > limitBytes) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    info().key() + " has " + lengthBytes() + " bytes where at most " + limitBytes + " belong.");
        }
        ByteBuffer all = ByteBuffer.allocate((int) lengthBytes());
        while (all.hasRemaining() && read(all) >= 0) {
            // read() makes progress or throws
        }
        return all.array();
    }
}
