package dev.thaw.store;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Walks a memory window by window and finds the runs of blocks that are not zero, as {@link SparseForm} defines them.
 * Zero blocks are found by looking: a memfd does not tell holes from pages that were written with zeros.
 */
final class SparseScan implements AutoCloseable {
    // Shared, because a store may read a body on one thread and close it on another.
    private final Arena arena = Arena.ofShared();
    private final MemorySegment window = arena.allocate(SparseForm.WINDOW, SparseForm.BLOCK);
    private final MemorySegment zero = arena.allocate(SparseForm.BLOCK, SparseForm.BLOCK);
    private final FileChannel memory;
    private final long sizeBytes;
    private long position;

    SparseScan(FileChannel memory, long sizeBytes) {
        this.memory = memory;
        this.sizeBytes = sizeBytes;
    }

    /** Reads the next window; its runs go to {@code sink}. False when there was none left. */
    boolean nextWindow(BlockSink sink) throws IOException {
        if (position >= sizeBytes) {
            return false;
        }
        int length = (int) Math.min(SparseForm.WINDOW, sizeBytes - position);
        fill(window.asByteBuffer().limit(length));
        int runStart = -1;
        for (int at = 0; at < length; at += SparseForm.BLOCK) {
            boolean isZero = isZero(at, Math.min(SparseForm.BLOCK, length - at));
            if (isZero && runStart >= 0) {
                give(sink, runStart, at);
                runStart = -1;
            } else if (!isZero && runStart < 0) {
                runStart = at;
            }
        }
        if (runStart >= 0) {
            give(sink, runStart, length);
        }
        position += length;
        return true;
    }

    private void give(BlockSink sink, int start, int end) throws IOException {
        sink.accept(position + start, window.asSlice(start, end - start).asByteBuffer());
    }

    private boolean isZero(int at, int length) {
        return MemorySegment.mismatch(window, at, at + length, zero, 0, length) < 0;
    }

    private void fill(ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (memory.read(target, position + target.position()) < 0) {
                throw new EOFException("it became shorter while it was read");
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
