package dev.thaw.cache;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a thaw whose bytes arrive behind the guest has read, from its begin to its first answer. Clones of one snapshot
 * that start at the same time count into each other's.
 *
 * @param reads by what answered them; what the page cache had is not among them
 * @param bytes that came, by their source
 * @param hotBlocks of 4 KiB that were known to be touched first: the prefetched ones
 * @param missedBlocks that were asked for, were not hot and are not zero
 * @param touched everything that was touched, where it was recorded
 */
public record ThawReads(
        Map<Kind, Count> reads, Map<Source, Long> bytes, long hotBlocks, long missedBlocks, Optional<Touched> touched) {
    /** What answered a read; of several blocks the last in this order. */
    public enum Kind {
        /** All of it is zero. */
        ZERO,
        /** Prefetched, and here. */
        HOT,
        /** Prefetched, and on its way. */
        AWAITED,
        /** The worker's cache of frames. */
        CACHED,
        /** The store. */
        ORIGIN,
        /** Nothing: the reader got an I/O error. */
        FAILED;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where bytes came from. */
    public enum Source {
        /** The store's hot companion. */
        COMPANION,
        /** Block maps in the store. */
        MAPS,
        /** Packs in the store. */
        PACKS,
        /** The worker's cache of frames. */
        CACHE;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Reads of one kind.
     *
     * @param millis all together, from request to answer
     * @param longestMillis the slowest's, rounded up to a power of two of microseconds
     */
    public record Count(long reads, double millis, double longestMillis) {}

    /**
     * What a recorded thaw touched.
     *
     * @param blocks of 4 KiB, zero ones too
     * @param hot of them, those that had been known to be hot
     */
    public record Touched(long blocks, long hot) {}

    public ThawReads {
        reads = copy(Kind.class, reads);
        bytes = copy(Source.class, bytes);
        requireNonNull(touched, "touched is null");
    }

    private static <K extends Enum<K>, V> Map<K, V> copy(Class<K> keys, Map<K, V> values) {
        EnumMap<K, V> copy = new EnumMap<>(keys);
        copy.putAll(values);
        return Collections.unmodifiableMap(copy);
    }

    /** Which part of what is prefetched is touched; empty where that was not recorded, or nothing was known. */
    public Optional<Double> precision() {
        return touched.filter(_ -> hotBlocks > 0).map(all -> (double) all.hot() / hotBlocks);
    }

    /** Which part of what is touched is prefetched; empty likewise. */
    public Optional<Double> recall() {
        return touched.filter(all -> all.blocks() > 0 && hotBlocks > 0).map(all -> (double) all.hot() / all.blocks());
    }
}
