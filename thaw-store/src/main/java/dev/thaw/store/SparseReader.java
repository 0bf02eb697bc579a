package dev.thaw.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/** Reads a memory as its {@link SparseForm}, in one pass. Owns the channel that it reads from. */
final class SparseReader implements ReadableByteChannel {
    private final FileChannel memory;
    private final SparseScan scan;
    private final long sizeBytes;
    private final Deque<ByteBuffer> frames = new ArrayDeque<>();
    private boolean atEnd;
    private boolean open = true;

    SparseReader(FileChannel memory, long sizeBytes) {
        this.memory = memory;
        this.sizeBytes = sizeBytes;
        this.scan = new SparseScan(memory, sizeBytes);
        frames.add(SparseForm.header(SparseForm.MAGIC, sizeBytes));
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int before = target.position();
        while (target.hasRemaining() && (!frames.isEmpty() || refill())) {
            ByteBuffer frame = frames.getFirst();
            int count = Math.min(frame.remaining(), target.remaining());
            target.put(frame.slice(frame.position(), count));
            frame.position(frame.position() + count);
            if (!frame.hasRemaining()) {
                frames.removeFirst();
            }
        }
        return target.position() == before && target.hasRemaining() ? -1 : target.position() - before;
    }

    /** The frames of a window point into the scan's buffer; so the next window is read when all of them are gone. */
    private boolean refill() throws IOException {
        while (frames.isEmpty() && scan.nextWindow(this::add)) {
            // A window of zeros has no frame.
        }
        if (frames.isEmpty() && !atEnd) {
            atEnd = true;
            frames.add(SparseForm.header(sizeBytes, 0));
        }
        return !frames.isEmpty();
    }

    private void add(long offset, ByteBuffer data) {
        frames.add(SparseForm.header(offset, data.remaining()));
        frames.add(data);
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        if (open) {
            open = false;
            frames.clear();
            scan.close();
            memory.close();
        }
    }
}
