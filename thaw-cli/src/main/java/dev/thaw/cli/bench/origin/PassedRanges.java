package dev.thaw.cli.bench.origin;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Which bytes of one object have passed. Not safe for use by several threads. */
final class PassedRanges {
    /** By their first byte the ends of ranges that do not touch. */
    private final NavigableMap<Long, Long> ends = new TreeMap<>();

    /** Adds a range, and returns how many of its bytes had passed before. */
    long add(long from, long to) {
        if (from >= to) {
            return 0;
        }
        long first = from;
        long last = to;
        long again = 0;
        Map.Entry<Long, Long> other = ends.lowerEntry(to + 1);
        while (other != null && other.getValue() >= from) {
            again += Math.max(0, Math.min(to, other.getValue()) - Math.max(from, other.getKey()));
            first = Math.min(first, other.getKey());
            last = Math.max(last, other.getValue());
            ends.remove(other.getKey());
            other = ends.lowerEntry(to + 1);
        }
        ends.put(first, last);
        return again;
    }
}
