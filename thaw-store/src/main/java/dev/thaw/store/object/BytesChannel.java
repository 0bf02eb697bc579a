package dev.thaw.store.object;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads bytes that lie in memory. */
final class BytesChannel implements ReadableByteChannel {
    private final ByteBuffer bytes;

    BytesChannel(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read(ByteBuffer target) {
        if (!bytes.hasRemaining()) {
            return -1;
        }
        int count = Math.min(bytes.remaining(), target.remaining());
        target.put(bytes.slice(bytes.position(), count));
        bytes.position(bytes.position() + count);
        return count;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
