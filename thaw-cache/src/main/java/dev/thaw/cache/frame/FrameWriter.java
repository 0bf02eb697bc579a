package dev.thaw.cache.frame;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.FileErrors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes a cache's files: what has gone into the journal, then frames, then that they are here. What
 * the disk does not take is dropped.
 */
final class FrameWriter implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(FrameWriter.class);
    private static final int BUFFER_SLOTS = 128;

    private final FrameIndex index;
    private final NativeFile data;
    private final FrameJournal journal;
    private final FrameCounters counters;
    private final MemorySegment buffer = Arena.ofAuto().allocate((long) BUFFER_SLOTS * Slots.BYTES, Slots.BYTES);
    private boolean keepsAll; // the file system gives no parts of a file back
    private boolean faulty; // a write failed, and the log says so
    private boolean closing; // guarded by index
    private boolean idle; // guarded by index

    FrameWriter(FrameIndex index, NativeFile data, FrameJournal journal, FrameCounters counters) {
        this.index = index;
        this.data = data;
        this.journal = journal;
        this.counters = counters;
    }

    @Override
    public void run() {
        Optional<WriteQueue.Batch> batch = next();
        while (batch.isPresent()) {
            write(batch.get());
            batch = next();
        }
    }

    /** Waits for something to do; empty when the cache is closed and everything is done. */
    private Optional<WriteQueue.Batch> next() {
        synchronized (index) {
            idle = true;
            index.notifyAll();
            while (!index.hasWork() && !closing) {
                awaitChange();
            }
            idle = false;
            return index.hasWork() ? Optional.of(index.take(journal.bytes())) : Optional.empty();
        }
    }

    /** Gives the lock away until something has changed. Nobody interrupts this thread. */
    private void awaitChange() {
        try {
            index.wait();
        } catch (InterruptedException e) {
            throw new IllegalStateException("The writer of the cache of frames was interrupted.", e);
        }
    }

    private void write(WriteQueue.Batch batch) {
        try {
            note(batch.removals().stream()
                    .map(entry -> FrameRecord.gone(entry.key))
                    .toList());
        } catch (IOException e) {
            fault("journal", e);
            notJournalled(batch);
            return;
        }
        batch.released().forEach(this::giveBack);
        List<FrameEntry> written = new ArrayList<>();
        for (FrameEntry entry : batch.entries()) {
            if (isWritten(entry)) {
                written.add(entry);
            }
        }
        try {
            note(written.stream().map(FrameEntry::record).toList());
            written.forEach(this::done);
        } catch (IOException e) {
            fault("journal", e);
            written.forEach(this::drop);
        }
        try {
            journal.tidy();
        } catch (IOException e) {
            fault("journal", e);
        }
    }

    private void note(List<FrameRecord> records) throws IOException {
        if (!records.isEmpty()) {
            journal.append(records);
        }
    }

    /** Nothing that waits can be written either before the journal says what went. */
    private void notJournalled(WriteQueue.Batch batch) {
        synchronized (index) {
            index.queue.again(batch.removals());
            batch.released().forEach(index.slots::keep);
            batch.entries().forEach(this::drop);
            for (List<FrameEntry> more = index.queue.takeEntries(); !more.isEmpty(); more = index.queue.takeEntries()) {
                more.forEach(this::drop);
            }
        }
    }

    private boolean isWritten(FrameEntry entry) {
        byte[] bytes;
        synchronized (index) {
            bytes = requireNonNull(entry.bytes);
        }
        try {
            write(bytes, entry.extents);
            return true;
        } catch (IOException e) {
            fault("data", e);
            drop(entry);
            return false;
        }
    }

    /** Whole slots, so that the kernel need not read what the rest of a page was. */
    private void write(byte[] bytes, Extents extents) throws IOException {
        int at = 0;
        for (int run = 0; run < extents.count(); run++) {
            int room = extents.length(run) * Slots.BYTES;
            int some = Math.min(room, bytes.length - at);
            MemorySegment.copy(bytes, at, buffer, ValueLayout.JAVA_BYTE, 0, some);
            buffer.asSlice(some, room - some).fill((byte) 0);
            data.write(buffer, room, (long) extents.first(run) * Slots.BYTES);
            at += some;
        }
    }

    private void done(FrameEntry entry) {
        synchronized (index) {
            index.queue.written(entry);
        }
        counters.bytesIn.add(entry.length);
    }

    private void drop(FrameEntry entry) {
        synchronized (index) {
            index.queue.drop(entry);
            index.refuse(PutRefusal.DISK);
            index.remove(entry);
        }
    }

    private void fault(String what, IOException e) {
        counters.faults.increment();
        if (!faulty) {
            faulty = true;
            LOG.warn(
                    "The cache of frames goes on without what its disk does not take; further faults are only counted file={} reason={}",
                    what,
                    FileErrors.text(e));
        }
    }

    /** Where the file system gives no parts of a file back, the slots stay kept, and are used again. */
    private void giveBack(Extents run) {
        boolean given = false;
        try {
            if (!keepsAll) {
                data.punch((long) run.first(0) * Slots.BYTES, (long) run.length(0) * Slots.BYTES);
                given = true;
            }
        } catch (IOException e) {
            keepsAll = true;
            fault("data", e);
        }
        if (!given) {
            synchronized (index) {
                index.slots.keep(run);
            }
        }
    }

    /** Waits until everything that was put so far is on the disk, or was dropped. */
    void drain() throws InterruptedException {
        synchronized (index) {
            while (!idle || index.hasWork()) {
                index.wait();
            }
        }
    }

    /** Ends {@link #run} when everything has been written. */
    void end() {
        synchronized (index) {
            closing = true;
            index.notifyAll();
        }
    }
}
