package dev.thaw.cache.frame;

import static dev.thaw.cache.frame.FrameBench.assertCountsRight;
import static dev.thaw.cache.frame.FrameBench.config;
import static dev.thaw.cache.frame.FrameBench.isRight;
import static dev.thaw.cache.frame.FrameBench.room;
import static dev.thaw.store.TestFrames.key;
import static dev.thaw.store.TestFrames.keys;
import static dev.thaw.store.TestFrames.sealed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.cache.AllocatedBytes;
import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.CacheException;
import dev.thaw.cache.EvictionReason;
import dev.thaw.cache.eviction.Eviction;
import dev.thaw.store.DataSize;
import dev.thaw.store.FrameCache;
import dev.thaw.store.FrameCacheContract;
import dev.thaw.store.chunk.FrameKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFrameCacheTest extends FrameCacheContract {
    private static final long LARGE = 100 << 20;

    @TempDir
    Path directory;

    @Override
    protected FrameCache open(int keepFrames, int inUseFrames) throws CacheException {
        return DiskFrameCache.open(directory, config(room(keepFrames, FRAME_BYTES), room(inUseFrames, FRAME_BYTES)));
    }

    private DiskFrameCache openLarge() throws CacheException {
        return FrameBench.open(directory, LARGE);
    }

    private static void put(DiskFrameCache cache, int first, int end) {
        keys(first, end).forEach(key -> cache.put(key, sealed(key)));
    }

    private static List<FrameKey> right(DiskFrameCache cache, int end) {
        return keys(0, end).stream().filter(key -> isRight(cache, key)).toList();
    }

    @Test
    void givesFromTheDiskWhatHasBeenWritten() throws Exception {
        try (DiskFrameCache cache = openLarge()) {
            put(cache, 0, 300);
            assertThat(right(cache, 400)).isEqualTo(keys(0, 300));
            cache.drain();
            assertThat(right(cache, 400)).isEqualTo(keys(0, 300));
            FrameCacheStats stats = cache.stats();
            assertThat(stats.hits()).isEqualTo(600);
            assertThat(stats.misses()).isEqualTo(200);
            assertThat(stats.frames()).isEqualTo(300);
            assertThat(stats.bytesOut()).isEqualTo(2 * stats.bytesIn());
            assertCountsRight(directory, cache, LARGE);
        }
    }

    @Test
    void whatIsHereOutlivesARestartInItsOrder() throws Exception {
        long room = room(10, FRAME_BYTES);
        try (FrameCache cache = FrameBench.open(directory, room)) {
            keys(0, 10).forEach(key -> cache.put(key, new byte[FRAME_BYTES]));
            assertThat(cache.get(key(0))).isPresent();
        }
        try (DiskFrameCache cache = FrameBench.open(directory, room)) {
            assertThat(cache.stats().frames()).isEqualTo(10);
            cache.put(key(10), new byte[FRAME_BYTES]);
            assertThat(cache.has(key(0))).isTrue();
            assertThat(cache.has(key(1))).isFalse();
            assertCountsRight(directory, cache, room);
        }
    }

    @Test
    void usesOutliveARestart() throws Exception {
        FrameCacheConfig config =
                FrameCacheConfig.of(CacheBounds.of(new DataSize(room(3, FRAME_BYTES))), Eviction.GDSF);
        try (FrameCache cache = DiskFrameCache.open(directory, config)) {
            keys(0, 3).forEach(key -> cache.put(key, new byte[FRAME_BYTES]));
            assertThat(cache.get(key(0))).isPresent();
            assertThat(cache.get(key(0))).isPresent();
        }
        try (FrameCache cache = DiskFrameCache.open(directory, config)) {
            keys(3, 5).forEach(key -> cache.put(key, new byte[FRAME_BYTES]));
            assertThat(cache.has(key(0))).isTrue();
            assertThat(cache.has(key(1))).isFalse();
        }
    }

    @Test
    void aSmallerBoundTrimsAndGivesTheDiskBack() throws Exception {
        try (DiskFrameCache cache = openLarge()) {
            put(cache, 0, 300);
        }
        long less = 1 << 20;
        try (DiskFrameCache cache = FrameBench.open(directory, less)) {
            assertThat(cache.stats().evictions()).containsKey(EvictionReason.BOUND);
            assertThat(right(cache, 300)).isNotEmpty();
            assertCountsRight(directory, cache, less);
        }
        try (DiskFrameCache cache = FrameBench.open(directory, 0)) {
            assertThat(cache.stats().frames()).isZero();
            cache.drain();
            assertThat(AllocatedBytes.of(directory.resolve("data"))).isZero();
        }
    }

    @Test
    void theDiskIsGivenBackAfterTheLastHold() throws Exception {
        try (DiskFrameCache cache = DiskFrameCache.open(directory, config(100_000, LARGE))) {
            FrameCache.Pin pin = cache.pin(keys(0, 200));
            put(cache, 0, 200);
            cache.drain();
            long held = cache.stats().diskBytes();
            assertThat(held).isGreaterThan(1 << 20);
            assertThat(cache.stats().pinnedBytes()).isEqualTo(cache.stats().usedBytes());
            pin.close();
            assertThat(cache.stats().pinnedBytes()).isZero();
            assertCountsRight(directory, cache, 100_000);
            assertThat(right(cache, 200)).isNotEmpty();
        }
    }

    @Test
    void evictsWithinItsBound() throws Exception {
        long bound = 2 << 20;
        try (DiskFrameCache cache = FrameBench.open(directory, bound)) {
            for (int i = 0; i < 2_000; i++) {
                put(cache, i, i + 1);
                assertThat(cache.stats().usedBytes()).isLessThanOrEqualTo(bound);
            }
            assertThat(cache.stats().evictions()).containsOnlyKeys(EvictionReason.SPACE);
            assertThat(right(cache, 2_000)).hasSizeGreaterThan(50);
            assertCountsRight(directory, cache, bound);
            assertThat(cache.stats().refusals()).isEmpty();
        }
        try (DiskFrameCache cache = FrameBench.open(directory, bound)) {
            assertThat(right(cache, 2_000)).hasSizeGreaterThan(50);
            assertCountsRight(directory, cache, bound);
        }
    }

    @Test
    void whatDoesNotFitIntoTheQueueIsNotCached() throws Exception {
        FrameCacheConfig narrow =
                new FrameCacheConfig(CacheBounds.of(new DataSize(LARGE)), Eviction.LRU, new DataSize(10_000));
        try (DiskFrameCache cache = DiskFrameCache.open(directory, narrow)) {
            cache.put(key(0), new byte[10_001]);
            assertThat(cache.has(key(0))).isFalse();
            assertThat(cache.stats().refusals()).isEqualTo(Map.of(PutRefusal.QUEUE_FULL, 1L));
            cache.put(key(1), new byte[10_000]);
            cache.drain();
            cache.put(key(2), new byte[10_000]);
            assertThat(cache.get(key(1))).isPresent();
            assertThat(cache.get(key(2))).isPresent();
        }
    }

    @Test
    void aDirectoryHasOneCache() throws Exception {
        try (DiskFrameCache cache = openLarge()) {
            put(cache, 0, 1);
            assertThatThrownBy(this::openLarge)
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("in use by another");
            assertThat(right(cache, 1)).hasSize(1);
        }
        openLarge().close();
    }

    @Test
    void anInterruptedReaderHarmsNobody() throws Exception {
        try (DiskFrameCache cache = openLarge()) {
            put(cache, 0, 10);
            cache.drain();
            Thread.currentThread().interrupt();
            assertThat(right(cache, 10)).hasSize(10);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(right(cache, 10)).hasSize(10);
        }
    }
}
