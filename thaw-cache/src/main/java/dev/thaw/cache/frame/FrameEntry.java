package dev.thaw.cache.frame;

import dev.thaw.store.chunk.FrameKey;
import org.jspecify.annotations.Nullable;

/** A frame in the cache, or on its way to the disk. Guarded by the index's lock, but for what says otherwise. */
final class FrameEntry {
    /** How far it is. */
    enum State {
        /** In line: nothing of it is on the disk. */
        QUEUED,
        /** The writer has it: some of it may be on the disk, and in the journal. */
        WRITING,
        /** On the disk, and in the journal. */
        WRITTEN,
        /** It has gone, or could not be written, before it was in the journal. */
        DROPPED
    }

    final FrameKey key;
    final int length; // of the sealed bytes
    final Extents extents;
    int uses;
    State state;

    byte @Nullable [] bytes; // until it is written

    /** Read without the lock after a read from the disk: its slots may have been somebody else's by then. */
    volatile boolean gone;

    FrameEntry(FrameKey key, int length, Extents extents, int uses, State state) {
        this.key = key;
        this.length = length;
        this.extents = extents;
        this.uses = uses;
        this.state = state;
    }

    /** What it is charged: the disk that it takes, with its share of the journal. */
    long charge() {
        return charge(extents.slots());
    }

    static long charge(int slots) {
        return (long) slots * Slots.BYTES + FrameJournal.SHARE_BYTES;
    }

    FrameRecord record() {
        return new FrameRecord(key, length, uses, extents);
    }
}
