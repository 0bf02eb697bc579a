package dev.thaw.lazy;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What is read of one image: each block once, in the order of first touch, and how its reads went. What the kernel reads ahead counts as touched; a mount without
 * readahead hears exactly what is wanted. What the page cache has already is not heard.
 */
public final class TouchRecorder {
    private static final long LONGEST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 2;

    private final AtomicLongArray seen;
    private final int blocks;
    private int[] order = new int[64]; // guarded by this
    private int count; // guarded by this
    private final LongAdder atOnce = new LongAdder();
    private final LongAdder waited = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private volatile @Nullable ConcurrentHistogram
            latencies; // made by the first read, since most files of a mount are never read

    TouchRecorder(long sizeBytes) {
        blocks = Math.toIntExact((sizeBytes + ImageSource.BLOCK_BYTES - 1) / ImageSource.BLOCK_BYTES);
        seen = new AtomicLongArray((blocks + Long.SIZE - 1) / Long.SIZE);
    }

    /** How a read ended. */
    enum Outcome {
        AT_ONCE,
        WAITED,
        FAILED
    }

    void touched(long offset, int length) {
        int first = (int) (offset / ImageSource.BLOCK_BYTES);
        int last = (int) Math.min((offset + length - 1) / ImageSource.BLOCK_BYTES, blocks - 1L);
        for (int block = first; block <= last; block++) {
            long bit = 1L << block;
            int word = block / Long.SIZE;
            if ((seen.get(word) & bit) == 0 && (seen.getAndAccumulate(word, bit, (a, b) -> a | b) & bit) == 0) {
                append(block);
            }
        }
    }

    boolean isTouched(int block) {
        return (seen.get(block / Long.SIZE) & 1L << block) != 0;
    }

    private synchronized void append(int block) {
        if (count == order.length) {
            order = Arrays.copyOf(order, Math.min(blocks, count * 2));
        }
        order[count++] = block;
    }

    void ended(Outcome outcome, int length, long nanos) {
        switch (outcome) {
            case AT_ONCE -> atOnce.increment();
            case WAITED -> waited.increment();
            case FAILED -> failed.increment();
        }
        if (outcome != Outcome.FAILED) {
            bytes.add(length);
        }
        histogram().recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
    }

    private ConcurrentHistogram histogram() {
        ConcurrentHistogram histogram = latencies;
        if (histogram == null) {
            synchronized (this) {
                histogram = latencies;
                if (histogram == null) {
                    histogram = new ConcurrentHistogram(LONGEST_NANOS, DIGITS);
                    latencies = histogram;
                }
            }
        }
        return histogram;
    }

    /** The numbers of the blocks touched so far ({@link ImageSource#BLOCK_BYTES} each), first touched first, each once. */
    public synchronized int[] order() {
        return Arrays.copyOf(order, count);
    }

    /** Blocks touched so far. */
    public synchronized int touchedBlocks() {
        return count;
    }

    /** Reads whose bytes were at hand. */
    public long answeredAtOnce() {
        return atOnce.sum();
    }

    /** Reads whose bytes came later. */
    public long answeredAfterWaiting() {
        return waited.sum();
    }

    /** Reads that ended in an I/O error. */
    public long failed() {
        return failed.sum();
    }

    /** All reads that ended. */
    public long reads() {
        return answeredAtOnce() + answeredAfterWaiting() + failed();
    }

    /** Bytes given to the kernel, without those that were pushed. */
    public long bytesRead() {
        return bytes.sum();
    }

    /** Nanoseconds from a request's arrival in this process until its answer was with the kernel; a copy. */
    public Histogram latencies() {
        return histogram().copy();
    }
}
