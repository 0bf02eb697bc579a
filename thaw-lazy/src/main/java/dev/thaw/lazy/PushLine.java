package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.Blocks;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What of one image is on its way into the page cache, one push after another. A push may wait in the kernel for a page that somebody reads; so it is made by a thread that brings
 * nobody anything: else that reader might wait for who waits for him.
 */
final class PushLine {
    /** Neighbours beyond this are left out: they are in the worker's cache of frames. */
    private static final long MOST_SPARE_BYTES = 8 << 20;

    private final Executor threads;

    /** Neighbours that wait, for who reads them meanwhile. */
    private final Map<Integer, HotPages.Page> spare = new ConcurrentHashMap<>();

    private final Queue<Push> waiting = new ArrayDeque<>(); // guarded by this
    private boolean going; // guarded by this
    private long spareBytes; // guarded by this
    private volatile Target target = (offset, bytes, had) -> CompletableFuture.completedFuture(0L);

    /** Where it goes. */
    @FunctionalInterface
    interface Target {
        /**
         * May wait for room.
         *
         * @param had asked when a block's turn comes, by its number in the image: whether it is left out, because the page cache has it
         * @return how much is in the page cache now
         */
        CompletableFuture<Long> push(long offset, MemorySegment bytes, IntPredicate had);

        /** Whether a block has been read since the image is there. */
        default boolean wasRead(int block) {
            return false;
        }
    }

    private record Push(long offset, byte[] plain, int at, int length, Runnable stored, boolean isSpare) {
        int firstBlock() {
            return (int) (offset / Blocks.BYTES);
        }
    }

    PushLine(Executor threads) {
        this.threads = requireNonNull(threads, "threads is null");
    }

    /** To be called before the first push. */
    void begin(Target where) {
        target = where;
    }

    /** A neighbour that has not reached the page cache yet, for who reads it: his answer puts it there, and its push leaves it out. */
    HotPages.@Nullable Page take(int block) {
        return spare.remove(block);
    }

    /**
     * Pushes blocks that their owner keeps.
     *
     * @param stored called when all of it is in the page cache
     */
    void push(long offset, byte[] plain, int at, int length, Runnable stored) {
        add(new Push(offset, plain, at, length, stored, false));
    }

    /** Pushes blocks around a miss, and has them for readers until then. */
    void pushSpare(long offset, byte[] plain, int at, int length) {
        synchronized (this) {
            if (spareBytes + length > MOST_SPARE_BYTES) {
                return;
            }
            spareBytes += length;
        }
        Push push = new Push(offset, plain, at, length, () -> {}, true);
        for (int i = 0; i * Blocks.BYTES < length; i++) {
            spare.put(push.firstBlock() + i, new HotPages.Page(plain, at + i * Blocks.BYTES));
        }
        add(push);
    }

    private void add(Push push) {
        synchronized (this) {
            waiting.add(push);
            if (going) {
                return;
            }
            going = true;
        }
        try {
            threads.execute(this::drain);
        } catch (RejectedExecutionException e) {
            // The worker ends, and its mounts with it.
            synchronized (this) {
                waiting.clear();
                spare.clear();
            }
        }
    }

    private void drain() {
        while (true) {
            Push push;
            synchronized (this) {
                push = waiting.poll();
                if (push == null) {
                    going = false;
                    return;
                }
            }
            MemorySegment bytes = MemorySegment.ofArray(push.plain()).asSlice(push.at(), push.length());
            // A neighbour may have been read long ago and have left the page cache since; what is hot has just come.
            IntPredicate had = push.isSpare() ? block -> !waits(block, push) : target::wasRead;
            target.push(push.offset(), bytes, had)
                    .whenComplete((stored, _) -> over(push, stored != null && stored == push.length()));
        }
    }

    private boolean waits(int block, Push push) {
        HotPages.Page page = spare.get(block);
        return page != null && page.bytes() == push.plain();
    }

    private void over(Push push, boolean stored) {
        if (push.isSpare()) {
            for (int i = 0; i * Blocks.BYTES < push.length(); i++) {
                spare.computeIfPresent(push.firstBlock() + i, (_, page) -> page.bytes() == push.plain() ? null : page);
            }
            synchronized (this) {
                spareBytes -= push.length();
            }
        } else if (stored) {
            push.stored().run();
        }
    }
}
