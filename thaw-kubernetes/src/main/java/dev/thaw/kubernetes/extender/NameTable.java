package dev.thaw.kubernetes.extender;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Nodes by name and by a dense id. The names of a request are looked up as the bytes that they are, without making a string of
 * each: open addressing, a power of two at least four times the nodes. Guarded by the index's lock.
 */
final class NameTable {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long MULTIPLIER = 0xBF58476D1CE4E5B9L;

    private final List<@Nullable NodeSlot> slots = new ArrayList<>();
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final Map<String, NodeSlot> byName = new HashMap<>();
    private @Nullable NodeSlot[] table = new @Nullable NodeSlot[64];

    NodeSlot obtain(String name) {
        NodeSlot known = byName.get(name);
        if (known != null) {
            return known;
        }
        int id = free.isEmpty() ? slots.size() : free.pop();
        NodeSlot slot = new NodeSlot(id, name);
        if (id == slots.size()) {
            slots.add(slot);
        } else {
            slots.set(id, slot);
        }
        byName.put(name, slot);
        rebuild();
        return slot;
    }

    void remove(NodeSlot slot) {
        byName.remove(slot.name);
        slots.set(slot.id, null);
        free.push(slot.id);
        rebuild();
    }

    @Nullable
    NodeSlot get(String name) {
        return byName.get(name);
    }

    @Nullable
    NodeSlot get(byte[] text, int offset, int length) {
        int mask = table.length - 1;
        for (int at = hash(text, offset, length) & mask; ; at = (at + 1) & mask) {
            NodeSlot slot = table[at];
            if (slot == null
                    || Arrays.equals(slot.nameBytes, 0, slot.nameBytes.length, text, offset, offset + length)) {
                return slot;
            }
        }
    }

    @Nullable
    NodeSlot slot(int id) {
        return slots.get(id);
    }

    /** One more than the highest id in use. */
    int bound() {
        return slots.size();
    }

    Iterable<NodeSlot> all() {
        return byName.values();
    }

    int size() {
        return byName.size();
    }

    /** Nodes come and go rarely and by the thousand at most, so the table is made anew each time it gets too full or loses one. */
    private void rebuild() {
        int capacity = Math.max(64, Integer.highestOneBit(byName.size()) * 8);
        table = new @Nullable NodeSlot[capacity];
        for (NodeSlot slot : byName.values()) {
            int at = hash(slot.nameBytes, 0, slot.nameBytes.length) & (capacity - 1);
            while (table[at] != null) {
                at = (at + 1) & (capacity - 1);
            }
            table[at] = slot;
        }
    }

    /** Eight bytes at a time, mixed by the multiplier of SplitMix64: names of nodes differ in few places, anywhere. */
    private static int hash(byte[] text, int offset, int length) {
        long hash = length;
        int end = offset + length;
        int at = offset;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            hash = (hash ^ (long) LONGS.get(text, at)) * MULTIPLIER;
            hash ^= hash >>> 32;
        }
        for (; at < end; at++) {
            hash = (hash ^ text[at]) * MULTIPLIER;
        }
        return (int) (hash >>> 32);
    }
}
