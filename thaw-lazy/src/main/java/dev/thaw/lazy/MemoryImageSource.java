package dev.thaw.lazy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** An image in memory, which can be told to be slow, to hold back ranges, and to fail. */
public final class MemoryImageSource implements ImageSource {
    private final MemorySegment bytes;
    private final List<Waiting> held = new ArrayList<>(); // guarded by this
    private final List<Range> heldRanges = new ArrayList<>(); // guarded by this
    private final List<Range> failingRanges = new ArrayList<>(); // guarded by this
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Answering answering = (offset, length, answer) -> give(offset, length, answer);

    @FunctionalInterface
    private interface Answering {
        void answer(long offset, int length, ReadAnswer answer);
    }

    private record Range(long from, long to) {
        boolean overlaps(long offset, int length) {
            return offset < to && from < offset + length;
        }
    }

    private record Waiting(long offset, int length, ReadAnswer answer) {}

    public MemoryImageSource(byte[] bytes) {
        // Outside the heap, as what a real source decodes into.
        this.bytes = Arena.ofAuto().allocate(bytes.length, BLOCK_BYTES);
        MemorySegment.copy(bytes, 0, this.bytes, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    /** From now on each answer comes that much later, from a thread of the scheduler's. */
    public MemoryImageSource slow(Duration delay, ScheduledExecutorService scheduler) {
        answering = (offset, length, answer) -> {
            var unused = scheduler.schedule(() -> give(offset, length, answer), delay.toNanos(), TimeUnit.NANOSECONDS);
        };
        return this;
    }

    /** Reads that touch the range wait for {@link #release}. */
    public synchronized MemoryImageSource hold(long from, long to) {
        heldRanges.add(new Range(from, to));
        return this;
    }

    /** How many reads are held back now. */
    public synchronized int heldReads() {
        return held.size();
    }

    /** Answers what is held back, and holds nothing any more. */
    public void release() {
        List<Waiting> waiting;
        synchronized (this) {
            heldRanges.clear();
            waiting = List.copyOf(held);
            held.clear();
        }
        waiting.forEach(one -> give(one.offset(), one.length(), one.answer()));
    }

    /** Reads that touch the range fail. */
    public synchronized MemoryImageSource fail(long from, long to) {
        failingRanges.add(new Range(from, to));
        return this;
    }

    public boolean closed() {
        return closed.get();
    }

    @Override
    public long sizeBytes() {
        return bytes.byteSize();
    }

    @Override
    public void read(long offset, int length, ReadAnswer answer) {
        boolean failing;
        synchronized (this) {
            failing = failingRanges.stream().anyMatch(range -> range.overlaps(offset, length));
            if (!failing && heldRanges.stream().anyMatch(range -> range.overlaps(offset, length))) {
                held.add(new Waiting(offset, length, answer));
                return;
            }
        }
        if (failing) {
            answer.failed(new IOException("told to fail"));
        } else {
            answering.answer(offset, length, answer);
        }
    }

    private void give(long offset, int length, ReadAnswer answer) {
        answer.bytes(bytes.asSlice(offset, length));
    }

    @Override
    public void close() {
        closed.set(true);
    }
}
