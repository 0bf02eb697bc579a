package dev.thaw.cache.frame;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** What waits to be written, and to be journalled as gone. Guarded by the index's lock. */
final class WriteQueue {
    private final long bound;
    private final Deque<FrameEntry> entries = new ArrayDeque<>(); // with some that have gone
    private final Deque<FrameEntry> removals = new ArrayDeque<>(); // with some that were never journalled
    private long bytes;
    private boolean stuck; // the journal could not be written: try again when more comes

    /**
     * What is written at once: first the removals, then the frames, which may lie where those were.
     *
     * @param removals frames that are in the journal and have gone
     * @param released slots that the disk need not keep once the removals are journalled
     */
    record Batch(List<FrameEntry> removals, List<Extents> released, List<FrameEntry> entries) {}

    WriteQueue(long bound) {
        this.bound = bound;
    }

    boolean hasRoomFor(int length) {
        return bytes + length <= bound;
    }

    void add(FrameEntry entry) {
        entries.add(entry);
        bytes += entry.length;
    }

    /** A frame has gone: it need not be written, or it must be journalled as gone. */
    void remove(FrameEntry entry) {
        if (entry.state == FrameEntry.State.QUEUED) {
            drop(entry);
        } else if (entry.state != FrameEntry.State.DROPPED) {
            removals.add(entry);
        }
    }

    /** There is something to be written that may succeed. */
    boolean hasWork() {
        return !entries.isEmpty() || !removals.isEmpty() && !stuck;
    }

    boolean hasRemovals() {
        return !removals.isEmpty();
    }

    /** Takes the removals that come next. */
    List<FrameEntry> takeRemovals() {
        stuck = false;
        List<FrameEntry> gone = new ArrayList<>();
        while (!removals.isEmpty() && gone.size() < FrameJournal.BATCH) {
            FrameEntry entry = removals.remove();
            if (entry.state == FrameEntry.State.WRITTEN) {
                gone.add(entry);
            }
        }
        return gone;
    }

    /** Takes the frames that come next. All removals must have been taken: a frame may lie where one of them did. */
    List<FrameEntry> takeEntries() {
        List<FrameEntry> some = new ArrayList<>();
        while (!entries.isEmpty() && some.size() < FrameJournal.BATCH) {
            FrameEntry entry = entries.remove();
            if (entry.state == FrameEntry.State.QUEUED) {
                entry.state = FrameEntry.State.WRITING;
                some.add(entry);
            }
        }
        return some;
    }

    /** The journal could not be written: it must say so before anything else. */
    void again(List<FrameEntry> gone) {
        gone.reversed().forEach(removals::addFirst);
        stuck = true;
    }

    /** It is on the disk, and in the journal, or has gone meanwhile: its bytes need not be kept in memory. */
    void written(FrameEntry entry) {
        entry.state = FrameEntry.State.WRITTEN;
        release(entry);
    }

    /** It is not going to be in the journal. */
    void drop(FrameEntry entry) {
        entry.state = FrameEntry.State.DROPPED;
        release(entry);
    }

    private void release(FrameEntry entry) {
        bytes -= entry.length;
        entry.bytes = null;
    }

    long bytes() {
        return bytes;
    }
}
