package dev.thaw.cache.frame;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.eviction.Eviction;
import dev.thaw.store.DataSize;

/**
 * How a cache of frames is set up.
 *
 * @param bounds {@code keep}: what lies here while nothing is held, and what frames that nobody holds may fill it to;
 *     {@code inUse}: what is held and comes here may be as much. Neither is ever exceeded on the disk.
 * @param queue sealed bytes that may wait in memory to be written
 */
public record FrameCacheConfig(CacheBounds bounds, Eviction eviction, DataSize queue) {
    /** Some two seconds of a disk. */
    private static final DataSize QUEUE = DataSize.ofMebibytes(64);

    public FrameCacheConfig {
        requireNonNull(bounds, "bounds is null");
        requireNonNull(eviction, "eviction is null");
        requireNonNull(queue, "queue is null");
    }

    public static FrameCacheConfig of(CacheBounds bounds, Eviction eviction) {
        return new FrameCacheConfig(bounds, eviction, QUEUE);
    }
}
