package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.ThawReads.Count;
import dev.thaw.cache.ThawReads.Kind;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;

/** Counts the reads of one snapshot's images by kind and latency, for who wants to know what came between two moments. */
final class ReadCounters {
    private static final int KINDS = Kind.values().length;

    /** Latencies by powers of two of microseconds: 30 are half an hour. */
    private static final int BUCKETS = 31;

    /** So many round trips one after the other, and what is hot does not fit this thaw. */
    static final int STARVED_READS = 8;

    private final IntConsumer starved;
    private final AtomicLongArray reads = new AtomicLongArray(KINDS * BUCKETS);
    private final AtomicLongArray nanos = new AtomicLongArray(KINDS);
    private final AtomicInteger originReads = new AtomicInteger();
    private final LongAdder cacheBytes = new LongAdder();

    /** @param starved told after each {@link #STARVED_READS} reads that the store has answered how many it has, by who gave the last of them */
    ReadCounters(IntConsumer starved) {
        this.starved = requireNonNull(starved, "starved is null");
    }

    void count(Kind kind, long tookNanos) {
        long micros = Math.max(1, tookNanos / 1_000);
        int bucket = Math.min(BUCKETS - 1, Long.SIZE - Long.numberOfLeadingZeros(micros - 1));
        reads.incrementAndGet(kind.ordinal() * BUCKETS + bucket);
        nanos.addAndGet(kind.ordinal(), tookNanos);
        int answered = kind == Kind.ORIGIN ? originReads.incrementAndGet() : 0;
        if (answered > 0 && answered % STARVED_READS == 0) {
            starved.accept(answered);
        }
    }

    void cached(long bytes) {
        cacheBytes.add(bytes);
    }

    /** A moment's counts. */
    record Moment(long[] reads, long[] nanos, long cacheBytes) {
        static Moment begin() {
            return new Moment(new long[KINDS * BUCKETS], new long[KINDS], 0);
        }

        /** What was counted since an earlier moment, kinds without a read left out. */
        Map<Kind, Count> since(Moment before) {
            Map<Kind, Count> since = new EnumMap<>(Kind.class);
            for (Kind kind : Kind.values()) {
                long count = 0;
                double longest = 0;
                for (int bucket = 0; bucket < BUCKETS; bucket++) {
                    int at = kind.ordinal() * BUCKETS + bucket;
                    long here = reads[at] - before.reads[at];
                    count += here;
                    longest = here > 0 ? (1L << bucket) / 1e3 : longest;
                }
                if (count > 0) {
                    double millis = (nanos[kind.ordinal()] - before.nanos[kind.ordinal()]) / 1e6;
                    since.put(kind, new Count(count, millis, longest));
                }
            }
            return since;
        }
    }

    Moment now() {
        long[] counts = new long[reads.length()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = reads.get(i);
        }
        long[] times = new long[KINDS];
        for (int i = 0; i < KINDS; i++) {
            times[i] = nanos.get(i);
        }
        return new Moment(counts, times, cacheBytes.sum());
    }
}
