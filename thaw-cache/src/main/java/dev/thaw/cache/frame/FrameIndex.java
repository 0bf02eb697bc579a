package dev.thaw.cache.frame;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.EvictionReason;
import dev.thaw.cache.eviction.EvictionPolicy;
import dev.thaw.store.chunk.FrameCipher;
import dev.thaw.store.chunk.FrameKey;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is in the cache, who holds it, how much room there is, and what waits to be written. Touches no file. Guarded by
 * its own monitor, which its callers hold; the writer waits on it.
 *
 * <h2>Bytes</h2>
 *
 * A frame is charged from the moment that it is put until it leaves: its slots and its share of the journal. Frames that
 * nobody holds come in as long as all that is here stays within {@code keep}; frames that somebody holds, within both
 * bounds' larger one, of which what is held may be {@code inUse}. Whoever wants room evicts what is not held.
 */
final class FrameIndex {
    /** Bringing a frame back costs its bytes, and its share of a request's latency: 20 ms at 100 MB/s, for 32 frames. */
    private static final long REQUEST_COST = 64 << 10;

    private final long keepBytes;
    private final long inUseBytes;
    private final EvictionPolicy<FrameEntry> policy;
    private final Map<FrameKey, FrameEntry> frames = new HashMap<>();
    private final Map<FrameKey, Integer> pins = new HashMap<>(); // of frames here and of those that may come
    private final Map<EvictionReason, Long> evictions = new EnumMap<>(EvictionReason.class);
    private final Map<PutRefusal, Long> refusals = new EnumMap<>(PutRefusal.class);
    final Slots slots;
    final WriteQueue queue;
    private long usedBytes;
    private long pinnedBytes;
    private boolean opening = true; // the data have not been looked through for what is no frame's

    FrameIndex(CacheBounds bounds, EvictionPolicy<FrameEntry> policy, long queueBytes) {
        this.keepBytes = Math.max(0, bounds.keep().bytes() - FrameJournal.BASE_BYTES);
        this.inUseBytes = Math.max(0, bounds.inUse().bytes() - FrameJournal.BASE_BYTES);
        this.policy = policy;
        this.slots = new Slots((int) Math.min(Integer.MAX_VALUE, totalBytes() / Slots.BYTES));
        this.queue = new WriteQueue(queueBytes);
    }

    private long totalBytes() {
        return Math.max(keepBytes, inUseBytes);
    }

    boolean has(FrameKey key) {
        return frames.containsKey(key);
    }

    /** The frame, which counts as a use of it. */
    Optional<FrameEntry> use(FrameKey key) {
        @Nullable FrameEntry entry = frames.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        entry.uses += entry.uses < Integer.MAX_VALUE ? 1 : 0;
        policy.used(entry);
        return Optional.of(entry);
    }

    /** Takes in what the journal speaks of, and trims it. */
    void restore(List<FrameRecord> written, long dataBytes) {
        slots.keep(Extents.of(0, Slots.count(dataBytes)));
        for (FrameRecord frame : written) {
            if (slots.claim(frame.extents())) {
                add(new FrameEntry(
                        frame.key(), frame.length(), frame.extents(), frame.uses(), FrameEntry.State.WRITTEN));
            }
        }
        trim();
    }

    private void add(FrameEntry entry) {
        frames.put(entry.key, entry);
        usedBytes += entry.charge();
        policy.added(entry, entry.charge(), REQUEST_COST + entry.length, entry.uses);
        if (pins.containsKey(entry.key)) {
            pinnedBytes += entry.charge();
            policy.hold(entry);
        }
    }

    /** Makes room for a frame and puts it in line to be written, unless it is here or there is no room. */
    void put(FrameKey key, byte[] sealed) {
        if (frames.containsKey(key)) {
            return;
        }
        if (sealed.length == 0 || sealed.length > FrameCipher.MAX_SEALED_BYTES) {
            refuse(PutRefusal.LENGTH);
        } else if (!queue.hasRoomFor(sealed.length)) {
            refuse(PutRefusal.QUEUE_FULL);
        } else {
            makeRoom(key, Slots.count(sealed.length))
                    .ifPresentOrElse(extents -> enqueue(key, sealed, extents), () -> refuse(PutRefusal.NO_ROOM));
        }
    }

    void refuse(PutRefusal why) {
        refusals.merge(why, 1L, Long::sum);
    }

    private void enqueue(FrameKey key, byte[] sealed, Extents extents) {
        FrameEntry entry = new FrameEntry(key, sealed.length, extents, 1, FrameEntry.State.QUEUED);
        entry.bytes = sealed;
        add(entry);
        queue.add(entry);
        notifyAll();
    }

    private Optional<Extents> makeRoom(FrameKey key, int count) {
        long charge = FrameEntry.charge(count);
        boolean pinned = pins.containsKey(key);
        long bound = pinned ? totalBytes() : keepBytes;
        boolean possible = pinnedBytes + charge <= bound && (!pinned || pinnedBytes + charge <= inUseBytes);
        if (!possible) {
            return Optional.empty();
        }
        evictDownTo(bound - charge, EvictionReason.SPACE);
        Optional<Extents> extents = slots.take(count);
        Optional<FrameEntry> victim = policy.victim();
        while (extents.isEmpty() && victim.isPresent()) {
            evict(victim.get(), EvictionReason.SPACE); // there is room, but in pieces
            extents = slots.take(count);
            victim = policy.victim();
        }
        return extents;
    }

    /** Evicts until no more lies here than is to be kept, as far as nobody holds it. */
    void trim() {
        evictDownTo(keepBytes, EvictionReason.BOUND);
    }

    private void evictDownTo(long bytes, EvictionReason why) {
        Optional<FrameEntry> victim = usedBytes > bytes ? policy.victim() : Optional.empty();
        while (victim.isPresent()) {
            evict(victim.get(), why);
            victim = usedBytes > bytes ? policy.victim() : Optional.empty();
        }
    }

    void evict(FrameEntry entry, EvictionReason why) {
        if (remove(entry)) {
            evictions.merge(why, 1L, Long::sum);
        }
    }

    /**
     * Takes a frame out. Its slots are free at once: what is written into them is written after this is journalled.
     *
     * @return false when it had gone
     */
    boolean remove(FrameEntry entry) {
        if (entry.gone) {
            return false;
        }
        entry.gone = true;
        frames.remove(entry.key, entry);
        policy.removed(entry);
        usedBytes -= entry.charge();
        pinnedBytes -= pins.containsKey(entry.key) ? entry.charge() : 0;
        slots.free(entry.extents);
        queue.remove(entry);
        notifyAll();
        return true;
    }

    Optional<FrameEntry> find(FrameKey key) {
        return Optional.ofNullable(frames.get(key));
    }

    void pin(Collection<FrameKey> keys) {
        for (FrameKey key : keys) {
            if (pins.merge(key, 1, Integer::sum) == 1) {
                @Nullable FrameEntry entry = frames.get(key);
                if (entry != null) {
                    pinnedBytes += entry.charge();
                    policy.hold(entry);
                }
            }
        }
    }

    void unpin(Collection<FrameKey> keys) {
        for (FrameKey key : keys) {
            if (pins.merge(key, -1, FrameIndex::sumOrNone) == null) {
                @Nullable FrameEntry entry = frames.get(key);
                if (entry != null) {
                    pinnedBytes -= entry.charge();
                    policy.release(entry);
                }
            }
        }
        trim();
    }

    private static @Nullable Integer sumOrNone(Integer pins, Integer more) {
        return pins + more == 0 ? null : pins + more;
    }

    /** What is on the disk, in the order in which it would go. */
    List<FrameRecord> written() {
        return policy.coldestFirst().stream()
                .filter(entry -> entry.state == FrameEntry.State.WRITTEN)
                .map(FrameEntry::record)
                .toList();
    }

    /** There is something for the writer to do. */
    boolean hasWork() {
        return opening || queue.hasWork();
    }

    /**
     * Takes what is to be written next. What lies in the data beyond what may be kept is given back before more comes,
     * and when the cache has just been opened all that lies there for no frame.
     */
    WriteQueue.Batch take(long journalBytes) {
        List<FrameEntry> removals = queue.takeRemovals();
        if (queue.hasRemovals()) {
            return new WriteQueue.Batch(removals, List.of(), List.of());
        }
        List<FrameEntry> entries = queue.takeEntries();
        entries.forEach(entry -> slots.keep(entry.extents));
        long most = opening ? 0 : (keepBytes + FrameJournal.BASE_BYTES - journalBytes) / Slots.BYTES;
        opening = false;
        return new WriteQueue.Batch(removals, slots.release((int) Math.clamp(most, 0, Integer.MAX_VALUE)), entries);
    }

    FrameCacheStats stats(FrameCounters counters, long journalBytes) {
        return new FrameCacheStats(
                counters.hits.sum(),
                counters.misses.sum(),
                counters.bytesOut.sum(),
                counters.bytesIn.sum(),
                evictions,
                refusals,
                counters.faults.sum(),
                frames.size(),
                usedBytes,
                pinnedBytes,
                queue.bytes(),
                (long) slots.backed() * Slots.BYTES + journalBytes);
    }
}
