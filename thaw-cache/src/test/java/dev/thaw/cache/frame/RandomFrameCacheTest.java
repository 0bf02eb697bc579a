package dev.thaw.cache.frame;

import static dev.thaw.store.TestFrames.key;
import static dev.thaw.store.TestFrames.keys;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.FrameCache;
import dev.thaw.store.TestFrames;
import dev.thaw.store.chunk.FrameKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random operations on the cache and on {@link ModelFrameCache}; both must agree after each. */
class RandomFrameCacheTest {
    private static final int OPERATIONS = 3_000;
    private static final int FRAMES = 120;

    /** Frames of so many slots find room in any pieces, so that what goes is only a question of sums. */
    private static final int MOST_BYTES = Extents.MOST * Slots.BYTES;

    @TempDir
    Path directory;

    private record Hold(FrameCache.Pin pin, List<FrameKey> keys) {}

    private final List<Hold> holds = new ArrayList<>();

    @Test
    void agreesWithTheModel() throws Exception {
        long first = Long.getLong("thaw.seed", new Random().nextLong());
        for (long seed = first; seed < first + 6; seed++) {
            System.out.println("thaw.seed=" + seed);
            run(seed);
        }
    }

    private void run(long seed) throws Exception {
        Random random = new Random(seed);
        Path folder = directory.resolve("run" + seed);
        long keep = random.nextInt(4) == 0 ? 0 : random.nextInt(800_000);
        long inUse = random.nextInt(800_000);
        ModelFrameCache model = new ModelFrameCache(keep, inUse);
        DiskFrameCache cache = DiskFrameCache.open(folder, FrameBench.config(keep, inUse));
        holds.clear();
        for (int i = 0; i < OPERATIONS; i++) {
            String context = "seed " + seed + " operation " + i;
            if (random.nextInt(200) == 0) {
                holds.clear();
                cache.close();
                cache = DiskFrameCache.open(folder, FrameBench.config(keep, inUse));
                model.restart();
            } else {
                step(cache, model, random, context);
            }
            assertThat(cache.stats().usedBytes()).as(context).isEqualTo(model.usedBytes());
            assertThat(cache.stats().pinnedBytes()).as(context).isEqualTo(model.pinnedBytes());
        }
        for (FrameKey key : keys(0, FRAMES)) {
            assertThat(cache.has(key)).isEqualTo(model.has(key));
        }
        FrameBench.assertCountsRight(folder, cache, Math.max(keep, inUse) + FrameJournal.BASE_BYTES);
        cache.close();
    }

    private static byte[] bytes(FrameKey key) {
        return TestFrames.bytes(key, 1 + Math.floorMod(key.hashCode(), MOST_BYTES));
    }

    private void step(DiskFrameCache cache, ModelFrameCache model, Random random, String context) throws Exception {
        FrameKey key = key(random.nextInt(FRAMES));
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> {
                cache.put(key, bytes(key));
                model.put(key, bytes(key).length);
            }
            case 4, 5, 6, 7 -> {
                Optional<byte[]> got = cache.get(key);
                assertThat(got.isPresent()).as(context).isEqualTo(model.has(key));
                got.ifPresent(bytes -> assertThat(bytes).as(context).isEqualTo(bytes(key)));
                model.get(key);
            }
            case 8 -> {
                cache.discard(key);
                model.discard(key);
            }
            case 9 -> {
                int first = random.nextInt(FRAMES - 10);
                List<FrameKey> some = keys(first, first + random.nextInt(10));
                holds.add(new Hold(cache.pin(some), some));
                model.pin(some);
            }
            case 10 -> {
                if (!holds.isEmpty()) {
                    Hold hold = holds.remove(random.nextInt(holds.size()));
                    hold.pin.close();
                    model.unpin(hold.keys);
                }
            }
            default -> {
                if (random.nextBoolean()) {
                    cache.drain();
                }
            }
        }
    }
}
