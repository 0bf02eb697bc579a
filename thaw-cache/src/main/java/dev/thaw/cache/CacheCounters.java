package dev.thaw.cache;

import java.util.EnumMap;
import java.util.Map;

/** The numbers behind {@link CacheStats}. Guarded by the cache's lock. */
final class CacheCounters {
    private final Map<EvictionReason, Long> evictions = new EnumMap<>(EvictionReason.class);
    long hits;
    long misses;
    long originBytes;
    long corruptParts;

    void evicted(EvictionReason reason) {
        evictions.merge(reason, 1L, Long::sum);
    }

    CacheStats stats(CacheIndex index) {
        return new CacheStats(
                hits,
                misses,
                originBytes,
                evictions,
                corruptParts,
                index.byLastUse().size(),
                index.usedBytes(),
                index.pinnedBytes());
    }
}
