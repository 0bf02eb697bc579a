package dev.thaw.store.object;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads a {@link Body} and holds it to its length; what fails here is told from failures of the store. */
final class SourceChannel implements ReadableByteChannel {
    private final String key;
    private final long length;
    private final ReadableByteChannel bytes;
    private long position;

    SourceChannel(String key, Body body) throws StoreException {
        this.key = key;
        this.length = body.lengthBytes();
        try {
            this.bytes = body.open();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public int read(ByteBuffer target) throws StoreException {
        int count;
        try {
            count = bytes.read(target);
        } catch (IOException e) {
            throw unreadable(e);
        }
        position += Math.max(count, 0);
        if (position > length || (count < 0 && position < length)) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    key + " was announced with " + length + " bytes, and " + (count < 0 ? "only " : "at least ")
                            + position + " came.");
        }
        return count;
    }

    /** How many of the announced bytes are still to come. */
    long remaining() {
        return length - position;
    }

    /** @throws StoreException CORRUPT when more bytes come than were announced */
    void requireEnd() throws StoreException {
        ByteBuffer one = ByteBuffer.allocate(1);
        while (read(one) == 0) {
            // a channel may give nothing for a while
        }
    }

    private StoreException unreadable(IOException e) {
        return e instanceof StoreException already
                ? already
                : new StoreException(
                        StoreException.Code.INVALID,
                        "What should be stored as " + key + " cannot be read: " + FileErrors.text(e) + ".",
                        e);
    }

    @Override
    public boolean isOpen() {
        return bytes.isOpen();
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
