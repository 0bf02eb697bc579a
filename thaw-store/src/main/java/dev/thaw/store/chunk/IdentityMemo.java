package dev.thaw.store.chunk;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the identities of blocks that were met, by their fingerprints: most of what is published has been met before, and then
 * the keyed hash need not be taken again. It forgets some when it is full. Safe for concurrent use.
 *
 * <p>Many trust domains share one; each, and each epoch, takes fingerprints with a key of its own, so that no domain hits
 * what another one left.
 */
public final class IdentityMemo {
    /** 32 MiB here, for 4 GiB of different blocks. */
    private static final int MAX_ENTRIES = 1 << 20;

    private static final int SHARD_BITS = 4;
    private static final int LONGS = 4;
    private static final int FIRST_ENTRIES = 1 << 8;

    /** How far from its place an entry may be. */
    private static final int PROBES = 8;

    private final Shard[] shards = new Shard[1 << SHARD_BITS];

    public IdentityMemo() {
        this(MAX_ENTRIES);
    }

    /** @param maxEntries a power of two, from {@value #FIRST_ENTRIES} a shard on */
    IdentityMemo(int maxEntries) {
        Arrays.setAll(shards, shard -> new Shard(maxEntries >> SHARD_BITS));
    }

    /** The identity of the block that has this fingerprint, where it is remembered. */
    @Nullable
    BlockId find(long first, long second) {
        return shard(first).get(first, second);
    }

    void remember(long first, long second, BlockId id) {
        shard(first).put(first, second, id);
    }

    private Shard shard(long first) {
        return shards[(int) (first >>> Long.SIZE - SHARD_BITS)];
    }

    private static final class Shard {
        private final int maxEntries;

        /** Fingerprint, then identity, in four numbers; a fingerprint of zeros is none. Guarded by this. */
        private long[] table = new long[LONGS * FIRST_ENTRIES];

        private int size; // guarded by this

        Shard(int maxEntries) {
            this.maxEntries = maxEntries;
        }

        synchronized @Nullable BlockId get(long first, long second) {
            int at = find(table, first, second);
            return table[at] == first && table[at + 1] == second && (first | second) != 0
                    ? new BlockId(table[at + 2], table[at + 3])
                    : null;
        }

        synchronized void put(long first, long second, BlockId id) {
            if (size > table.length / LONGS / 2 && table.length / LONGS < maxEntries) {
                grow();
            }
            int at = find(table, first, second);
            if ((table[at] | table[at + 1]) == 0) {
                size++;
            }
            set(table, at, first, second, id.high(), id.low());
        }

        private void grow() {
            long[] old = table;
            long[] fresh = new long[2 * old.length];
            for (int at = 0; at < old.length; at += LONGS) {
                if ((old[at] | old[at + 1]) != 0) {
                    set(fresh, find(fresh, old[at], old[at + 1]), old[at], old[at + 1], old[at + 2], old[at + 3]);
                }
            }
            table = fresh;
        }

        private static void set(long[] table, int at, long first, long second, long high, long low) {
            table[at] = first;
            table[at + 1] = second;
            table[at + 2] = high;
            table[at + 3] = low;
        }

        /** Its entry, or a free one where it belongs, or else the one that it takes the place of. */
        private static int find(long[] table, long first, long second) {
            int mask = table.length / LONGS - 1;
            int place = (int) second & mask;
            for (int probe = 0; probe < PROBES; probe++) {
                int at = LONGS * (place + probe & mask);
                boolean isIt = table[at] == first && table[at + 1] == second;
                if (isIt || (table[at] | table[at + 1]) == 0) {
                    return at;
                }
            }
            return LONGS * (place + (int) (first & PROBES - 1) & mask);
        }
    }
}
