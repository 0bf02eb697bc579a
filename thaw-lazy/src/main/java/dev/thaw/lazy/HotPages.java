package dev.thaw.lazy;

import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotMap;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The hot blocks of one image between their arrival and the page cache. A reader who is there before a block waits for
 * it instead of fetching it a second time.
 */
final class HotPages {
    /** When nothing has come for so long, whoever waits fetches for itself: the companion may have got stuck. */
    private static final Duration STUCK = Duration.ofSeconds(2);

    /** A block's bytes within its frame's. */
    record Page(byte[] bytes, int offset) {}

    private final AtomicReferenceArray<Page> pages;
    private final BitSet expected = new BitSet(); // guarded by this
    private boolean known; // guarded by this
    private boolean over; // guarded by this
    private long lastNanos = System.nanoTime(); // when something came; guarded by this

    HotPages(long sizeBytes) {
        pages = new AtomicReferenceArray<>(Math.toIntExact(Blocks.count(sizeBytes)));
    }

    @Nullable
    Page get(int block) {
        return pages.get(block);
    }

    /** Whether somebody may wait for the block here. */
    synchronized boolean mayCome(int block) {
        return !over && (!known || expected.get(block));
    }

    int blocks() {
        return pages.length();
    }

    /** What will come. */
    synchronized void expect(HotMap map, int part) {
        for (HotMap.HotFrame frame : map.frames()) {
            for (HotMap.Run run : frame.runs()) {
                if (run.part() == part) {
                    expected.set(run.block(), run.block() + run.count());
                }
            }
        }
        known = true;
        lastNanos = System.nanoTime();
        notifyAll();
    }

    void put(int block, byte[] bytes, int offset) {
        if (block < pages.length()) {
            pages.set(block, new Page(bytes, offset));
        }
    }

    /** Wakes those who wait for what has been put. */
    synchronized void arrived() {
        lastNanos = System.nanoTime();
        notifyAll();
    }

    /** The page cache has it. */
    void drop(int block) {
        pages.set(block, null);
    }

    /** Nothing more comes. */
    synchronized void end() {
        over = true;
        notifyAll();
    }

    /**
     * Waits until a block is here, or will not come.
     *
     * @return the block, or null when it is not among the hot ones, was given to the page cache already, the time is
     *     over, or nothing at all comes any more
     */
    @Nullable
    Page await(int block, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (this) {
            while (true) {
                Page page = pages.get(block);
                long now = System.nanoTime();
                long left = Math.min(deadline - now, lastNanos + STUCK.toNanos() - now);
                if (page != null || !mayCome(block) || left <= 0) {
                    return page;
                }
                wait(Math.max(1, left / 1_000_000));
            }
        }
    }

    synchronized BitSet expected() {
        return (BitSet) expected.clone();
    }
}
