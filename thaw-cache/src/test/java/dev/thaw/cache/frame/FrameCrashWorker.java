package dev.thaw.cache.frame;

import static dev.thaw.store.TestFrames.key;
import static dev.thaw.store.TestFrames.keys;
import static dev.thaw.store.TestFrames.sealed;

import dev.thaw.store.FrameCache;
import dev.thaw.store.chunk.FrameKey;
import java.nio.file.Path;
import java.util.Random;

/** A process that fills a small cache, evicts, holds and discards until it is killed. */
final class FrameCrashWorker {
    static final long KEEP_BYTES = 3 << 20;
    static final long IN_USE_BYTES = 4 << 20;
    static final int FRAMES = 2_000;

    private FrameCrashWorker() {}

    public static void main(String[] args) throws Exception {
        Random random = new Random(Long.parseLong(args[1]));
        try (DiskFrameCache cache =
                DiskFrameCache.open(Path.of(args[0]), FrameBench.config(KEEP_BYTES, IN_USE_BYTES))) {
            System.out.println("at work");
            FrameCache.Pin pin = cache.pin(keys(0, 0));
            while (true) {
                for (int i = 0; i < 100; i++) {
                    step(cache, random);
                }
                pin.close();
                int first = random.nextInt(FRAMES - 100);
                pin = cache.pin(keys(first, first + random.nextInt(100)));
                if (random.nextBoolean()) {
                    cache.drain(); // so that some are killed with an empty queue, some with a full one
                }
            }
        }
    }

    private static void step(DiskFrameCache cache, Random random) {
        FrameKey key = key(random.nextInt(FRAMES));
        if (random.nextInt(20) == 0) {
            cache.discard(key);
        } else if (!FrameBench.isRight(cache, key)) {
            cache.put(key, sealed(key));
        }
    }
}
