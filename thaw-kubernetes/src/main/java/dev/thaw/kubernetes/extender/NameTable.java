package dev.thaw.kubernetes.extender;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Nodes by name and by a dense id. The names of a request are looked up as the characters that the parser has, without making
 * a string of each: open addressing, a power of two at least four times the nodes. Guarded by the index's lock.
 */
final class NameTable {
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
    NodeSlot get(char[] text, int offset, int length) {
        int hash = 0;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + text[i];
        }
        int mask = table.length - 1;
        for (int at = spread(hash) & mask; ; at = (at + 1) & mask) {
            NodeSlot slot = table[at];
            if (slot == null || matches(slot.name, text, offset, length)) {
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
            int at = spread(slot.name.hashCode()) & (capacity - 1);
            while (table[at] != null) {
                at = (at + 1) & (capacity - 1);
            }
            table[at] = slot;
        }
    }

    private static int spread(int hash) {
        return hash ^ (hash >>> 15);
    }

    private static boolean matches(String name, char[] text, int offset, int length) {
        if (name.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name.charAt(i) != text[offset + i]) {
                return false;
            }
        }
        return true;
    }
}
