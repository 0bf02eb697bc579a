package dev.thaw.cache.frame;

import java.util.concurrent.atomic.LongAdder;

/** What is counted outside the index's lock. */
final class FrameCounters {
    final LongAdder hits = new LongAdder();
    final LongAdder misses = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder faults = new LongAdder();
}
