package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FramePieces;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A read of which some blocks were not near by. It is answered with the last of them, whatever else is fetched with it. */
final class Miss {
    private final int first;
    private final byte[] bytes;
    private final boolean[] missing; // guarded by this
    private int left; // guarded by this
    private final ReadAnswer answer;
    private final long begunNanos;
    private long endedNanos; // guarded by this

    /** @param begunNanos when it was asked, as {@link System#nanoTime} */
    Miss(int first, byte[] bytes, boolean[] missing, ReadAnswer answer, long begunNanos) {
        this.begunNanos = begunNanos;
        this.first = first;
        this.bytes = requireNonNull(bytes, "bytes is null");
        this.missing = missing.clone();
        this.answer = requireNonNull(answer, "answer is null");
        for (boolean one : missing) {
            left += one ? 1 : 0;
        }
    }

    int first() {
        return first;
    }

    int count() {
        return missing.length;
    }

    boolean covers(long block) {
        return block >= first && block < first + missing.length;
    }

    synchronized boolean lacks(int block) {
        return covers(block) && missing[block - first];
    }

    synchronized boolean isAnswered() {
        return left == 0;
    }

    /** How long it took to its answer; of use afterwards. */
    synchronized long tookNanos() {
        return endedNanos - begunNanos;
    }

    long waitedNanos() {
        return System.nanoTime() - begunNanos;
    }

    /** What it lacks of a frame that is here. */
    void give(List<FramePieces.Piece> pieces, byte[] plain) {
        for (FramePieces.Piece piece : pieces) {
            int from = (int) Math.max(piece.block(), first);
            int to = (int) Math.min(piece.block() + piece.count(), (long) first + missing.length);
            for (int block = from; block < to; block++) {
                give(block, plain, (int) (piece.inFrame() + block - piece.block()) * Blocks.BYTES);
            }
        }
    }

    /** A block is here; another one of the same name is left out. */
    synchronized void give(int block, byte[] plain, int at) {
        if (lacks(block)) {
            int to = (block - first) * Blocks.BYTES;
            System.arraycopy(plain, at, bytes, to, Math.min(Blocks.BYTES, bytes.length - to));
            done(block);
        }
    }

    /** A block is of zeros. */
    synchronized void giveZeros(int block) {
        if (lacks(block)) {
            done(block);
        }
    }

    private void done(int block) {
        missing[block - first] = false;
        if (--left == 0) {
            endedNanos = System.nanoTime();
            answer.bytes(MemorySegment.ofArray(bytes));
        }
    }

    /** It cannot be had. */
    synchronized void fail(Exception why) {
        if (left > 0) {
            left = 0;
            endedNanos = System.nanoTime();
            answer.failed(why);
        }
    }
}
