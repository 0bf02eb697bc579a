package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.Blocks;
import java.lang.foreign.MemorySegment;

/** A read of which some blocks were not near by. It is answered with the last of them, whatever else is fetched with it. */
final class Miss {
    private final int first;
    private final byte[] bytes;
    private final boolean[] missing; // guarded by this
    private int left; // guarded by this
    private final ReadAnswer answer;
    private long endedNanos; // guarded by this

    Miss(int first, byte[] bytes, boolean[] missing, ReadAnswer answer) {
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

    /** When it was answered, as {@link System#nanoTime}; of use afterwards. */
    synchronized long endedNanos() {
        return endedNanos;
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
