package dev.thaw.cache;

import java.util.Map;

/**
 * Counters since the cache was opened, and what lies in it now.
 *
 * @param hits acquisitions that found every part here
 * @param misses acquisitions that fetched or waited for at least one part
 * @param originBytes fetched from the store, each fetch once
 * @param evictions snapshots removed, by reason
 * @param corruptParts parts here that had changed since they were written, and were removed
 * @param usedBytes allocated on disk now, with what is reserved for fetches under way
 * @param pinnedBytes of these, what leases hold
 */
public record CacheStats(
        long hits,
        long misses,
        long originBytes,
        Map<EvictionReason, Long> evictions,
        long corruptParts,
        int snapshots,
        long usedBytes,
        long pinnedBytes) {
    public CacheStats {
        evictions = Map.copyOf(evictions);
    }
}
