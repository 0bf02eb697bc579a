package dev.thaw.store.object;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Reads bytes that are in memory, piece after piece. */
final class BytesChannel implements ReadableByteChannel {
    private final Deque<ByteBuffer> pieces;

    /** @param pieces their positions move */
    BytesChannel(List<ByteBuffer> pieces) {
        this.pieces = new ArrayDeque<>(pieces);
    }

    @Override
    public int read(ByteBuffer target) {
        ByteBuffer first = pieces.peek();
        while (first != null && !first.hasRemaining()) {
            pieces.remove();
            first = pieces.peek();
        }
        if (first == null) {
            return -1;
        }
        int count = Math.min(first.remaining(), target.remaining());
        target.put(first.slice(first.position(), count));
        first.position(first.position() + count);
        return count;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
