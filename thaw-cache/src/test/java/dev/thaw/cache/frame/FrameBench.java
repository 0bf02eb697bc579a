package dev.thaw.cache.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.cache.AllocatedBytes;
import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.CacheException;
import dev.thaw.cache.eviction.Eviction;
import dev.thaw.store.DataSize;
import dev.thaw.store.TestFrames;
import dev.thaw.store.chunk.FrameKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Caches of frames for tests. */
final class FrameBench {
    private static final long MOST_NOTES_BYTES = 16 << 10;

    private FrameBench() {}

    static FrameCacheConfig config(long keepBytes, long inUseBytes) {
        return FrameCacheConfig.of(new CacheBounds(new DataSize(keepBytes), new DataSize(inUseBytes)), Eviction.LRU);
    }

    static DiskFrameCache open(Path directory, long bytes) throws CacheException {
        return DiskFrameCache.open(directory, config(bytes, bytes));
    }

    /** What a cache must be allowed to have so many frames of that length. */
    static long room(int frames, int length) {
        return frames == 0 ? 0 : FrameJournal.BASE_BYTES + frames * FrameEntry.charge(Slots.count(length));
    }

    /** It is not here, or as it was put. @return whether it is here */
    static boolean isRight(DiskFrameCache cache, FrameKey key) {
        Optional<byte[]> found = cache.get(key);
        found.ifPresent(bytes -> assertThat(bytes).isEqualTo(TestFrames.sealed(key)));
        return found.isPresent();
    }

    /** What the disk really keeps is what the cache counts, and within its bound. */
    static void assertCountsRight(Path directory, DiskFrameCache cache, long bound) throws Exception {
        cache.drain();
        FrameCacheStats stats = cache.stats();
        long real = AllocatedBytes.of(directory.resolve("data"));
        long journal = Files.exists(directory.resolve("journal")) ? Files.size(directory.resolve("journal")) : 0;
        // Beside the data the file system counts what it notes about where they lie.
        assertThat(real + journal - stats.diskBytes()).isBetween(0L, MOST_NOTES_BYTES);
        assertThat(stats.diskBytes()).isLessThanOrEqualTo(bound);
        assertThat(stats.usedBytes()).isLessThanOrEqualTo(bound);
        assertThat(stats.queuedBytes()).isZero();
        assertThat(directory.resolve("journal.new")).doesNotExist();
    }
}
