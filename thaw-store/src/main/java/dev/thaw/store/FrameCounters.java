package dev.thaw.store;

import java.util.concurrent.atomic.LongAdder;

/** What readers of frames have seen. */
final class FrameCounters {
    final LongAdder requests = new LongAdder();
    final LongAdder originBytes = new LongAdder();
    final LongAdder cacheBytes = new LongAdder();
    final LongAdder damagedInCache = new LongAdder();
    final LongAdder damagedInStore = new LongAdder();

    ReadStats stats() {
        return new ReadStats(
                requests.sum(), originBytes.sum(), cacheBytes.sum(), damagedInCache.sum(), damagedInStore.sum());
    }
}
