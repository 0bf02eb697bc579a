package dev.thaw.cache;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.DataSize;

/**
 * How much disk a cache may use, in really allocated bytes. What is kept for later and what running instances hold are
 * bounded apart: with {@code keep} zero a snapshot can still be thawed, and nothing outlives the last instance of it.
 *
 * @param keep all that lies in the cache when no instance runs
 * @param inUse what running instances hold at once; beyond it {@link NodeCache#acquire} refuses
 */
public record CacheBounds(DataSize keep, DataSize inUse) {
    public CacheBounds {
        requireNonNull(keep, "keep is null");
        requireNonNull(inUse, "inUse is null");
    }

    /** One bound for both. */
    public static CacheBounds of(DataSize bound) {
        return new CacheBounds(bound, bound);
    }

    /** What lies in the cache never exceeds this, running instances or not. */
    public long totalBytes() {
        return Math.max(keep.bytes(), inUse.bytes());
    }
}
