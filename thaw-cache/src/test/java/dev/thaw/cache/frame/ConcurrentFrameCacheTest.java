package dev.thaw.cache.frame;

import static dev.thaw.store.TestFrames.key;
import static dev.thaw.store.TestFrames.keys;
import static dev.thaw.store.TestFrames.sealed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.EvictionReason;
import dev.thaw.cache.eviction.Eviction;
import dev.thaw.store.DataSize;
import dev.thaw.store.FrameCache;
import dev.thaw.store.TestFrames;
import dev.thaw.store.chunk.FrameKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many threads in little room: what they read is right, though slots get other frames under them. */
class ConcurrentFrameCacheTest {
    private static final int THREADS = 6;
    private static final int OPERATIONS = 4_000;
    private static final int FRAMES = 150;
    private static final long BOUND = 600_000;

    @TempDir
    Path directory;

    private static FrameCacheConfig config(Eviction eviction) {
        return new FrameCacheConfig(CacheBounds.of(new DataSize(BOUND)), eviction, new DataSize(200_000));
    }

    @ParameterizedTest
    @EnumSource(Eviction.class)
    void whatIsReadIsRight(Eviction eviction) throws Exception {
        long seed = Long.getLong("thaw.seed", new Random().nextLong());
        System.out.println("thaw.seed=" + seed);
        List<byte[]> frames = keys(0, FRAMES).stream().map(TestFrames::sealed).toList();
        AtomicLong hits = new AtomicLong();
        try (DiskFrameCache cache = DiskFrameCache.open(directory, config(eviction));
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                Random random = new Random(seed + t);
                running.add(threads.submit(() -> work(cache, frames, random, hits)));
            }
            for (Future<?> each : running) {
                each.get();
            }
            FrameBench.assertCountsRight(directory, cache, BOUND);
            FrameCacheStats stats = cache.stats();
            assertThat(stats.faults()).isZero();
            assertThat(stats.pinnedBytes()).isZero();
            assertThat(stats.hits()).isEqualTo(hits.get()).isPositive();
            assertThat(stats.evictions()).containsKey(EvictionReason.SPACE);
        }
        try (DiskFrameCache cache = DiskFrameCache.open(directory, config(eviction))) {
            int here = cache.stats().frames();
            assertThat(keys(0, FRAMES).stream().filter(key -> FrameBench.isRight(cache, key)))
                    .hasSize(here)
                    .isNotEmpty();
        }
    }

    private static void work(DiskFrameCache cache, List<byte[]> frames, Random random, AtomicLong hits) {
        for (int i = 0; i < OPERATIONS; i++) {
            int number = random.nextInt(FRAMES);
            FrameKey key = key(number);
            switch (random.nextInt(30)) {
                case 0 -> cache.discard(key);
                case 1 -> {
                    try (FrameCache.Pin _ = cache.pin(keys(number, number + 1))) {
                        hits.addAndGet(check(cache, key, frames.get(number)) ? 1 : 0);
                        cache.put(key, frames.get(number).clone());
                    }
                }
                default -> readOrPut(cache, number, frames, hits);
            }
        }
        // While a disk stalls, its full queue takes no frame, and nothing has had to go so far.
        while (!cache.stats().evictions().containsKey(EvictionReason.SPACE)) {
            readOrPut(cache, random.nextInt(FRAMES), frames, hits);
        }
    }

    private static void readOrPut(DiskFrameCache cache, int number, List<byte[]> frames, AtomicLong hits) {
        if (check(cache, key(number), frames.get(number))) {
            hits.incrementAndGet();
        } else {
            cache.put(key(number), frames.get(number).clone());
        }
    }

    private static boolean check(DiskFrameCache cache, FrameKey key, byte[] expected) {
        return cache.get(key)
                .map(bytes -> {
                    assertThat(bytes).isEqualTo(expected);
                    return true;
                })
                .orElse(false);
    }

    @ParameterizedTest
    @EnumSource(Eviction.class)
    void closingUnderReadersAndWritersLosesNothingElse(Eviction eviction) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int round = 0; round < 5; round++) {
                stop.set(false);
                DiskFrameCache cache = DiskFrameCache.open(directory, config(eviction));
                List<Future<?>> running = new ArrayList<>();
                for (int t = 0; t < THREADS; t++) {
                    Random random = new Random(round * 100L + t);
                    running.add(threads.submit(() -> {
                        while (!stop.get()) {
                            FrameKey key = key(random.nextInt(FRAMES));
                            if (!FrameBench.isRight(cache, key)) {
                                cache.put(key, sealed(key));
                            }
                        }
                    }));
                }
                while (cache.stats().evictions().isEmpty()) {
                    Thread.onSpinWait();
                }
                cache.close();
                stop.set(true);
                for (Future<?> each : running) {
                    each.get();
                }
            }
        }
        try (DiskFrameCache cache = DiskFrameCache.open(directory, config(eviction))) {
            int here = cache.stats().frames();
            assertThat(keys(0, FRAMES).stream().filter(key -> FrameBench.isRight(cache, key)))
                    .hasSize(here)
                    .isNotEmpty();
        }
    }
}
