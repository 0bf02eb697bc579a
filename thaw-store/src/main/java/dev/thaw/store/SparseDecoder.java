package dev.thaw.store;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Takes a {@link SparseForm} in pieces of any size and gives the runs of the memory with their places. Trusts
 * nothing: every number is checked before it is used, since the digest is only known at the end.
 */
final class SparseDecoder {
    private final BlockSink memory;
    private final long sizeBytes;
    private final ByteBuffer header = ByteBuffer.allocate(SparseForm.HEADER_BYTES);
    private boolean begun;
    private boolean ended;
    private long position; // where the next byte of the current extent goes; between extents, where the last one ended
    private long extentLeft;

    SparseDecoder(BlockSink memory, long sizeBytes) {
        this.memory = memory;
        this.sizeBytes = sizeBytes;
    }

    /** Consumes {@code piece} whole. */
    void accept(ByteBuffer piece) throws IOException {
        while (piece.hasRemaining()) {
            if (extentLeft > 0) {
                writeExtent(piece);
            } else {
                readHeader(piece);
            }
        }
    }

    /** To be called after the last piece. */
    void finish() throws StoreException {
        if (!ended) {
            throw corrupt("it ends too early");
        }
    }

    private void writeExtent(ByteBuffer piece) throws IOException {
        int count = (int) Math.min(extentLeft, piece.remaining());
        memory.accept(position, piece.slice(piece.position(), count));
        position += count;
        piece.position(piece.position() + count);
        extentLeft -= count;
    }

    private void readHeader(ByteBuffer piece) throws StoreException {
        int count = Math.min(header.remaining(), piece.remaining());
        header.put(piece.slice(piece.position(), count));
        piece.position(piece.position() + count);
        if (!header.hasRemaining()) {
            header.flip();
            apply(header.getLong(), header.getLong());
            header.clear();
        }
    }

    private void apply(long first, long second) throws StoreException {
        if (!begun) {
            begin(first, second);
        } else if (ended) {
            throw corrupt("something follows its end");
        } else if (first == sizeBytes && second == 0) {
            ended = true;
        } else {
            beginExtent(first, second);
        }
    }

    private void begin(long magic, long size) throws StoreException {
        if (magic != SparseForm.MAGIC) {
            throw corrupt("it does not begin as a sparse memory does");
        }
        if (size != sizeBytes) {
            throw corrupt("it is of " + size + " bytes, not " + sizeBytes);
        }
        begun = true;
    }

    private void beginExtent(long offset, long length) throws StoreException {
        if (offset < position || offset >= sizeBytes || offset % SparseForm.BLOCK != 0) {
            throw corrupt("an extent begins at " + offset);
        }
        long windowEnd = Math.min(sizeBytes, offset - offset % SparseForm.WINDOW + SparseForm.WINDOW);
        if (length <= 0 || length > windowEnd - offset) {
            throw corrupt("an extent at " + offset + " has " + length + " bytes");
        }
        position = offset;
        extentLeft = length;
    }

    private static StoreException corrupt(String what) {
        return new StoreException(StoreException.Code.CORRUPT, "A stored memory cannot be read: " + what + ".");
    }
}
