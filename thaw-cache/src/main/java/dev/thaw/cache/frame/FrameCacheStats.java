package dev.thaw.cache.frame;

import dev.thaw.cache.EvictionReason;
import java.util.Map;

/**
 * Counters since the cache was opened, and what lies in it now.
 *
 * @param hits frames given
 * @param misses frames asked for that were not here
 * @param bytesOut sealed bytes given
 * @param bytesIn sealed bytes written to the disk
 * @param evictions frames removed, by reason; CORRUPT are those that did not open or could not be read
 * @param refusals frames that were not taken, by reason
 * @param faults of the disk
 * @param frames here now, with those that wait to be written
 * @param usedBytes what they are charged: whole slots and their share of the journal
 * @param pinnedBytes of these, what is held
 * @param queuedBytes sealed bytes in memory that wait to be written
 * @param diskBytes what the disk keeps for data and journal
 */
public record FrameCacheStats(
        long hits,
        long misses,
        long bytesOut,
        long bytesIn,
        Map<EvictionReason, Long> evictions,
        Map<PutRefusal, Long> refusals,
        long faults,
        int frames,
        long usedBytes,
        long pinnedBytes,
        long queuedBytes,
        long diskBytes) {
    public FrameCacheStats {
        evictions = Map.copyOf(evictions);
        refusals = Map.copyOf(refusals);
    }
}
