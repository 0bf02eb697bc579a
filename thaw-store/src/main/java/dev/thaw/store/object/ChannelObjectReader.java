package dev.thaw.store.object;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads an object through a channel that gives its bytes; one that ends early is an error. */
final class ChannelObjectReader implements ObjectReader {
    private final ObjectInfo info;
    private final long length;
    private final ReadableByteChannel channel;
    private final Cancellation cancellation;
    private long left;

    ChannelObjectReader(ObjectInfo info, long length, ReadableByteChannel channel, Cancellation cancellation) {
        this.info = info;
        this.length = length;
        this.left = length;
        this.channel = channel;
        this.cancellation = cancellation;
    }

    @Override
    public ObjectInfo info() {
        return info;
    }

    @Override
    public long lengthBytes() {
        return length;
    }

    @Override
    public int read(ByteBuffer target) throws StoreException {
        cancellation.check();
        if (left == 0) {
            return -1;
        }
        int count = Math.min(target.remaining(), (int) Math.min(left, Integer.MAX_VALUE));
        int got = readUpTo(target, count);
        if (got < 0) {
            throw new StoreException(
                    StoreException.Code.UNAVAILABLE,
                    "Reading " + info.key() + " broke off with " + left + " of " + length + " bytes to come.");
        }
        left -= got;
        return got;
    }

    private int readUpTo(ByteBuffer target, int count) throws StoreException {
        int limit = target.limit();
        target.limit(target.position() + count);
        try {
            return channel.read(target);
        } catch (IOException e) {
            cancellation.check(); // what broke it off may have been the caller
            throw FileErrors.storeException("read " + info.key(), e);
        } finally {
            target.limit(limit);
        }
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws StoreException {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileErrors.storeException("close " + info.key(), e);
        }
    }
}
