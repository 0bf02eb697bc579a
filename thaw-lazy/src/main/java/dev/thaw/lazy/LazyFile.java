package dev.thaw.lazy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One image as a file of a {@link LazyMount}. This process must not open, read or map it: it would wait for itself.
 */
public final class LazyFile implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LazyFile.class);
    private static final int NOT_PINNED = -1;

    private final LazyMount mount;
    private final LeftNode entry;
    private final Path path;
    private final ImageSource source;
    private final TouchRecorder touches;
    private final Set<ReadInProgress> reads = ConcurrentHashMap.newKeySet();
    private final LongAdder pushedBytes = new LongAdder();
    private final LongAdder skippedBytes = new LongAdder();
    private final AtomicBoolean closed;
    private final AtomicBoolean over = new AtomicBoolean();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private int pin = NOT_PINNED; // guarded by this

    LazyFile(LazyMount mount, LeftNode entry, Path path, ImageSource source) {
        this.mount = mount;
        this.entry = entry;
        this.path = path;
        this.source = source;
        this.touches = new TouchRecorder(entry.sizeBytes());
        this.closed = new AtomicBoolean(entry.closed());
    }

    public String name() {
        return entry.name();
    }

    /** Where other processes find it, readable for this process's user alone. */
    public Path path() {
        return path;
    }

    public long sizeBytes() {
        return entry.sizeBytes();
    }

    /** What was read of it through the mount by this daemon. */
    public TouchRecorder touches() {
        return touches;
    }

    /**
     * Puts bytes into the page cache before they are asked for, on a thread of the mount's own. What is being read at the moment is left out. Waits while the mount has
     * as much to push as {@link LazyMountSettings#pushQueueBytes} says.
     *
     * @param offset in bytes, a multiple of {@link ImageSource#BLOCK_BYTES}
     * @param bytes whole blocks, but at the image's end; must stay as they are until the result is there. Outside the Java heap they are copied once, by the kernel
     * @return the bytes that are in the page cache now; zero when the file is closed. Completed on the pushing thread, which must not be held up
     * @throws IllegalArgumentException when the range is not of whole blocks, outside of the image, or longer than the queue
     */
    public CompletableFuture<Long> push(long offset, MemorySegment bytes) throws InterruptedException {
        return push(offset, bytes, _ -> false);
    }

    /**
     * As {@link #push(long, MemorySegment)}.
     *
     * @param had asked when a block's turn comes, by its number: whether it is left out, and counts as being in the page cache. So pushes overtake who reads
     */
    CompletableFuture<Long> push(long offset, MemorySegment bytes, IntPredicate had) throws InterruptedException {
        long end = offset + bytes.byteSize();
        if (offset < 0
                || offset % ImageSource.BLOCK_BYTES != 0
                || bytes.byteSize() == 0
                || end > sizeBytes()
                || (end % ImageSource.BLOCK_BYTES != 0 && end != sizeBytes())) {
            throw new IllegalArgumentException("Cannot push " + bytes.byteSize() + " bytes at " + offset + " of "
                    + name() + ", which has " + sizeBytes() + ": push whole blocks of " + ImageSource.BLOCK_BYTES);
        }
        return mount.pusher().push(this, offset, bytes, had);
    }

    /** Bytes that pushes have put into the page cache. */
    public long pushedBytes() {
        return pushedBytes.sum();
    }

    /** Bytes that pushes left out because they were being read, or could not be taken. */
    public long skippedBytes() {
        return skippedBytes.sum();
    }

    /** Completed when nobody can read it any more and its source is closed. */
    public CompletableFuture<Void> gone() {
        return gone.copy();
    }

    /** Its name is free again at once. Who has it open reads on; when the last has closed it, its page cache goes and {@link #gone} completes. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            mount.retire(this);
        }
    }

    boolean closed() {
        return closed.get();
    }

    LeftNode entry() {
        return entry;
    }

    long node() {
        return entry.node();
    }

    ImageSource source() {
        return source;
    }

    Set<ReadInProgress> reads() {
        return reads;
    }

    void ended(ReadInProgress read) {
        reads.remove(read);
    }

    /** @param thread of the reader's, which waits for its answer still */
    void failed(int thread, Throwable reason) {
        mount.failed(new FailedRead(name(), Linux.processOf(thread), String.valueOf(reason.getMessage())));
    }

    void pushed(long stored, long skipped) {
        pushedBytes.add(stored);
        skippedBytes.add(skipped);
    }

    /** Keeps the kernel's inode, and with it what is pushed, while nobody has the file open. */
    synchronized void pin() throws IOException {
        if (pin == NOT_PINNED && !over.get()) {
            pin = Linux.openPath(path);
        }
    }

    synchronized void unpin() {
        if (pin != NOT_PINNED) {
            try {
                Linux.close(pin);
            } catch (IOException e) {
                log.warn("The descriptor of {} could not be closed", name(), e);
            }
            pin = NOT_PINNED;
        }
    }

    /** Nobody can read it any more. */
    void end() {
        if (over.compareAndSet(false, true)) {
            unpin();
            reads.forEach(ReadInProgress::abandon);
            source.close();
            gone.complete(null);
        }
    }
}
