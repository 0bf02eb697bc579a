package dev.thaw.store;

import dev.thaw.store.object.ByteRange;
import java.util.ArrayList;
import java.util.List;

/**
 * In which ranges a hot companion is read: the map and the device state, for which everything waits, or what a pointer has
 * brought of them and more, come alone in front; what follows is in ranges of one size. One of up to 12 MiB is asked for at
 * once: of the {@link Parallel#STREAMS} streams that leaves two for the block maps, which are read beside it, and one for a miss.
 */
final class HotRanges {
    /** Of a companion of which nothing is here. */
    static final int FRONT_BYTES = 64 << 10;

    /** A request costs as much of a processor as a smaller one saves of the way; in a larger one the first blocks wait for the last. */
    private static final int RANGE_BYTES = 1 << 20;

    private final long bytes;
    private final int frontBytes;

    /**
     * @param bytes of the companion, 1 or more
     * @param frontBytes of them in front, 1 or more
     */
    HotRanges(long bytes, int frontBytes) {
        this.bytes = bytes;
        this.frontBytes = frontBytes;
    }

    int count() {
        return number(bytes - 1) + 1;
    }

    /** Which range a byte is in, counted from 0. */
    int number(long offset) {
        return offset < frontBytes ? 0 : 1 + (int) ((offset - frontBytes) / RANGE_BYTES);
    }

    /** All of them, in their order. */
    List<ByteRange> all() {
        List<ByteRange> all = new ArrayList<>();
        for (long at = 0; at < bytes; at = end(all.size() - 1)) {
            all.add(new ByteRange(at, Math.min(end(all.size()), bytes) - at));
        }
        return all;
    }

    /** Where a range ends, in an object that is long enough. */
    long end(int number) {
        return frontBytes + (long) number * RANGE_BYTES;
    }
}
