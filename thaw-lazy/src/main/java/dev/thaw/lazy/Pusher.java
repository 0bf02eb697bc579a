package dev.thaw.lazy;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that puts bytes into the page cache ahead of need. A store waits in the kernel while one of its pages is being read, so it is never made by a thread that
 * has answers to give, and leaves out what is being read: answers have the way to themselves.
 */
final class Pusher {
    private static final Logger log = LoggerFactory.getLogger(Pusher.class);

    /** The size at which stores are fastest, and short enough to leave out little around a page that is being read. */
    static final int PIECE_BYTES = 64 << 10;

    private static final int BLOCK = ImageSource.BLOCK_BYTES;

    private final FuseConnection connection;
    private final int queueBlocks;
    private final Semaphore room;
    private final LinkedBlockingQueue<Push> queue = new LinkedBlockingQueue<>();
    private final Thread thread;

    /** Set once, by who stops the thread; pushes after that do nothing. */
    private volatile boolean stopped;

    private record Push(
            LazyFile file, long offset, MemorySegment bytes, IntPredicate had, CompletableFuture<Long> stored) {
        int blocks() {
            return Math.toIntExact((bytes.byteSize() + BLOCK - 1) / BLOCK);
        }
    }

    Pusher(FuseConnection connection, int queueBytes, String name) {
        this.connection = connection;
        queueBlocks = queueBytes / BLOCK;
        room = new Semaphore(queueBlocks);
        thread =
                Thread.ofPlatform().name("thaw-lazy-" + name + "-push").daemon().start(this::run);
    }

    /** @param had asked when a block's turn comes, by its number: whether it is left out, because the page cache has it */
    CompletableFuture<Long> push(LazyFile file, long offset, MemorySegment bytes, IntPredicate had)
            throws InterruptedException {
        Push push = new Push(file, offset, bytes, had, new CompletableFuture<>());
        if (push.blocks() > queueBlocks) {
            throw new IllegalArgumentException("Cannot push " + bytes.byteSize()
                    + " bytes at once: the queue has room for " + queueBlocks * BLOCK);
        }
        room.acquire(push.blocks());
        queue.add(push);
        if (stopped) {
            drop();
        }
        return push.stored().copy();
    }

    private void run() {
        try {
            while (!stopped) {
                Push push = queue.take();
                long stored = 0;
                try {
                    stored = store(push);
                } catch (RuntimeException e) {
                    log.error("A push to {} failed", push.file().name(), e);
                } finally {
                    done(push, stored);
                }
            }
        } catch (InterruptedException e) {
            log.debug("Pushing ends");
        } finally {
            drop();
        }
    }

    private void done(Push push, long stored) {
        room.release(push.blocks());
        push.file().pushed(stored, push.bytes().byteSize() - stored);
        push.stored().complete(stored);
    }

    private void drop() {
        for (Push push = queue.poll(); push != null; push = queue.poll()) {
            done(push, 0);
        }
    }

    private long store(Push push) {
        long stored = 0;
        for (long at = 0;
                at < push.bytes().byteSize() && !stopped && !push.file().closed();
                at += PIECE_BYTES) {
            MemorySegment piece =
                    push.bytes().asSlice(at, Math.min(PIECE_BYTES, push.bytes().byteSize() - at));
            stored += storePiece(push.file(), push.offset() + at, piece, push.had());
        }
        return stored;
    }

    /** Stores the runs of blocks that are neither being read nor in the page cache. */
    private long storePiece(LazyFile file, long offset, MemorySegment piece, IntPredicate had) {
        Set<ReadInProgress> reads = file.reads();
        long stored = 0;
        long runStart = 0;
        long length = piece.byteSize();
        for (long at = 0; at < length; at += BLOCK) {
            long from = offset + at;
            long end = Math.min(at + BLOCK, length);
            // In this order: a read is under way before it touches or takes a block.
            boolean inCache = had.test((int) (from / BLOCK));
            boolean busy = !reads.isEmpty() && reads.stream().anyMatch(read -> read.overlaps(from, from + BLOCK));
            if (inCache && !busy) {
                stored += end - at;
            }
            if (busy || inCache || end == length) {
                long runEnd = busy || inCache ? at : end;
                if (runEnd > runStart) {
                    stored += storeRun(file, offset + runStart, piece.asSlice(runStart, runEnd - runStart));
                }
                runStart = end;
            }
        }
        return stored;
    }

    private long storeRun(LazyFile file, long offset, MemorySegment run) {
        long result = connection.store(file.node(), offset, run);
        if (result == 0) {
            return run.byteSize();
        }
        // ENOENT: its inode went, with the file; ENODEV, ENOTCONN: the mount went.
        if (result != -Linux.ENOENT && result != -Linux.ENODEV && result != -Linux.ENOTCONN) {
            log.warn(
                    "{} bytes at {} of {} could not be pushed: errno {}", run.byteSize(), offset, file.name(), -result);
        }
        return 0;
    }

    /** Ends the thread; one that waits in the kernel ends when the reads under way have been answered. */
    void stop() {
        stopped = true;
        thread.interrupt();
    }

    /** Whether it has ended in time. */
    boolean join(Duration timeout) throws InterruptedException {
        return thread.join(timeout);
    }
}
