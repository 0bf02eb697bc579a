package dev.thaw.cache.frame;

import dev.thaw.store.chunk.FrameKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a cache of frames does, told plainly: lists and sums, no disk. */
final class ModelFrameCache {
    private final long keepBytes;
    private final long inUseBytes;
    private final List<FrameKey> free = new ArrayList<>(); // coldest first
    private final List<FrameKey> held = new ArrayList<>(); // in the order in which they were taken
    private final Map<FrameKey, Long> charges = new HashMap<>();
    private final Map<FrameKey, Integer> pins = new HashMap<>();

    ModelFrameCache(long keepBytes, long inUseBytes) {
        this.keepBytes = Math.max(0, keepBytes - FrameJournal.BASE_BYTES);
        this.inUseBytes = Math.max(0, inUseBytes - FrameJournal.BASE_BYTES);
    }

    private long used(List<FrameKey> keys) {
        return keys.stream().mapToLong(key -> charges.getOrDefault(key, 0L)).sum();
    }

    long usedBytes() {
        return used(free) + used(held);
    }

    long pinnedBytes() {
        return used(held);
    }

    boolean has(FrameKey key) {
        return free.contains(key) || held.contains(key);
    }

    void get(FrameKey key) {
        if (free.remove(key)) {
            free.add(key);
        }
    }

    void put(FrameKey key, int length) {
        if (has(key)) {
            return;
        }
        long charge = FrameEntry.charge(Slots.count(length));
        boolean pinned = pins.containsKey(key);
        long bound = pinned ? Math.max(keepBytes, inUseBytes) : keepBytes;
        if (pinnedBytes() + charge > bound || pinned && pinnedBytes() + charge > inUseBytes) {
            return;
        }
        trim(bound - charge);
        charges.put(key, charge);
        (pinned ? held : free).add(key);
    }

    private void trim(long bytes) {
        while (usedBytes() > bytes && !free.isEmpty()) {
            free.removeFirst();
        }
    }

    void discard(FrameKey key) {
        free.remove(key);
        held.remove(key);
    }

    void pin(Collection<FrameKey> keys) {
        for (FrameKey key : keys) {
            pins.merge(key, 1, Integer::sum);
            if (free.remove(key)) {
                held.add(key);
            }
        }
    }

    void unpin(Collection<FrameKey> keys) {
        for (FrameKey key : keys) {
            pins.merge(key, -1, Integer::sum);
            if (pins.getOrDefault(key, 0) == 0) {
                pins.remove(key);
                if (held.remove(key)) {
                    free.add(key);
                }
            }
        }
        trim(keepBytes);
    }

    /** Holds end with their process; what was held was used last. */
    void restart() {
        free.addAll(held);
        held.clear();
        pins.clear();
        trim(keepBytes);
    }
}
