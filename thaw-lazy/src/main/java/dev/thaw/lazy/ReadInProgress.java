package dev.thaw.lazy;

import dev.thaw.lazy.TouchRecorder.Outcome;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One READ of the kernel's, from its arrival to its answer. What it asks of the source is widened to whole blocks. */
final class ReadInProgress implements ReadAnswer {
    private static final Logger log = LoggerFactory.getLogger(ReadInProgress.class);

    private final FuseConnection connection;
    private final int device;
    private final long unique;
    private final LazyFile file;
    private final long offset;
    private final int length;
    private final int thread;
    private final long startNanos;
    private final AtomicBoolean answered = new AtomicBoolean();

    /** The thread that asks the source, while it does: it sees its own writes, and any other sees that it is not it. */
    private @Nullable Thread asking = Thread.currentThread();

    ReadInProgress(
            FuseConnection connection,
            int device,
            FuseRequest.Read request,
            LazyFile file,
            int length,
            long startNanos) {
        this.connection = connection;
        this.device = device;
        this.unique = request.unique();
        this.file = file;
        this.offset = request.offset();
        this.length = length;
        this.thread = request.thread();
        this.startNanos = startNanos;
    }

    long blocksOffset() {
        return offset - offset % ImageSource.BLOCK_BYTES;
    }

    int blocksLength() {
        long end = offset + length;
        long rest = end % ImageSource.BLOCK_BYTES;
        long whole = rest == 0 ? end : end + ImageSource.BLOCK_BYTES - rest;
        return Math.toIntExact(Math.min(whole, file.sizeBytes()) - blocksOffset());
    }

    boolean overlaps(long from, long to) {
        return offset < to && from < offset + length;
    }

    long startNanos() {
        return startNanos;
    }

    /** The source has returned: an answer from here on is one that was waited for. */
    void asked() {
        asking = null;
    }

    @Override
    public void bytes(List<MemorySegment> pieces) {
        long given = 0;
        for (MemorySegment piece : pieces) {
            given += piece.byteSize();
        }
        if (given != blocksLength()) {
            var wrong = new IllegalArgumentException("A source gave " + given + " bytes for " + blocksLength() + " at "
                    + blocksOffset() + " of " + file.name());
            failed(wrong);
            throw wrong;
        }
        if (!answered.compareAndSet(false, true)) {
            return;
        }
        List<MemorySegment> wanted = given == length ? pieces : trimmed(pieces);
        long result = connection.data(device, unique, wanted);
        if (result == 0 || result == -Linux.ENOENT || result == -Linux.ENODEV) {
            end(Thread.currentThread() == asking ? Outcome.AT_ONCE : Outcome.WAITED);
        } else {
            log.warn("The kernel cannot take {} bytes at {} of {}: errno {}", length, offset, file.name(), -result);
            refuse();
        }
    }

    /** A reader that bypasses the page cache may want other bytes than whole blocks. */
    private List<MemorySegment> trimmed(List<MemorySegment> pieces) {
        List<MemorySegment> wanted = new ArrayList<>(pieces.size());
        long skip = offset - blocksOffset();
        long left = length;
        for (MemorySegment piece : pieces) {
            long from = Math.min(skip, piece.byteSize());
            long count = Math.min(left, piece.byteSize() - from);
            skip -= from;
            left -= count;
            if (count > 0) {
                wanted.add(piece.asSlice(from, count));
            }
        }
        return wanted;
    }

    @Override
    public void failed(Throwable reason) {
        if (answered.compareAndSet(false, true)) {
            log.warn("{} bytes at {} of {} cannot be had: {}", length, offset, file.name(), reason.toString());
            file.failed(thread, reason);
            refuse();
        }
    }

    private void refuse() {
        connection.refuse(device, unique, Linux.EIO);
        end(Outcome.FAILED);
    }

    /** Without a word to the kernel: a next daemon is asked again. */
    void abandon() {
        if (answered.compareAndSet(false, true)) {
            file.ended(this);
        }
    }

    private void end(Outcome outcome) {
        file.ended(this);
        file.touches().ended(outcome, length, System.nanoTime() - startNanos);
    }

    @Override
    public boolean answered() {
        return answered.get();
    }
}
