package dev.thaw.store;

import dev.thaw.store.chunk.BlockId;
import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * Where blocks are, by identity: 24 bytes an entry in open addressing, for there are millions. Safe for concurrent use;
 * identities spread evenly, so a lock for each of some tables is hardly ever waited for.
 */
final class BlockTable {
    static final long NONE = -1;

    private static final int SHARDS = 16;

    private final Shard[] shards = new Shard[SHARDS];

    BlockTable() {
        Arrays.setAll(shards, shard -> new Shard());
    }

    long get(BlockId id) {
        return shard(id).get(id);
    }

    /** @return where it is already, or {@link #NONE} when it is at {@code place} now */
    long putIfAbsent(BlockId id, long place) {
        return shard(id).putIfAbsent(id, place);
    }

    void removeIf(LongPredicate gone) {
        for (Shard shard : shards) {
            shard.removeIf(gone);
        }
    }

    long size() {
        long size = 0;
        for (Shard shard : shards) {
            size += shard.size();
        }
        return size;
    }

    private Shard shard(BlockId id) {
        return shards[(int) (id.low() >>> 60)];
    }

    private static final class Shard {
        /** Three longs an entry: identity, then place plus one; a place of 0 is free. Guarded by this. */
        private long[] table = new long[3 * 256];

        private int size; // guarded by this

        synchronized long get(BlockId id) {
            return table[find(table, id) + 2] - 1;
        }

        synchronized long putIfAbsent(BlockId id, long place) {
            int at = find(table, id);
            if (table[at + 2] != 0) {
                return table[at + 2] - 1;
            }
            set(table, at, id.high(), id.low(), place + 1);
            if (++size > table.length / 3 * 2 / 3) {
                rebuild(2 * table.length, _ -> false);
            }
            return NONE;
        }

        synchronized void removeIf(LongPredicate gone) {
            rebuild(table.length, gone);
        }

        synchronized int size() {
            return size;
        }

        private void rebuild(int length, LongPredicate gone) {
            long[] old = table;
            long[] fresh = new long[length];
            size = 0;
            for (int at = 0; at < old.length; at += 3) {
                if (old[at + 2] != 0 && !gone.test(old[at + 2] - 1)) {
                    set(fresh, find(fresh, new BlockId(old[at], old[at + 1])), old[at], old[at + 1], old[at + 2]);
                    size++;
                }
            }
            table = fresh;
        }

        private static void set(long[] table, int at, long high, long low, long place) {
            table[at] = high;
            table[at + 1] = low;
            table[at + 2] = place;
        }

        /** Its entry, or the free one where it belongs. */
        private static int find(long[] table, BlockId id) {
            int entries = table.length / 3;
            int entry = (int) Long.remainderUnsigned(id.high(), entries);
            while (true) {
                int at = 3 * entry;
                if (table[at + 2] == 0 || (table[at] == id.high() && table[at + 1] == id.low())) {
                    return at;
                }
                entry = entry + 1 == entries ? 0 : entry + 1;
            }
        }
    }
}
