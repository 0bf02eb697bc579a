package dev.thaw.store;

import dev.thaw.store.object.ByteRange;
import java.util.ArrayList;
import java.util.List;

/**
 * In which ranges a hot companion is read. The map and the device state, for which everything waits, come alone in front; what follows is in
 * ranges of one size, so few that a companion of up to 12 MiB is asked for at once, and no part of it waits a round trip for a stream.
 */
final class HotRanges {
    private static final int FRONT_BYTES = 64 << 10;

    /** So that several streams share a companion of a few MiB; a request costs as much of a processor as it saves of the way below this. */
    private static final int LEAST_BYTES = 512 << 10;

    /** A frame is used when its range is here: with larger ones the first blocks come as late as the last. */
    private static final int MOST_BYTES = 1 << 20;

    /** Streams that are left: of the front, the block maps, which are read beside it, and one miss. */
    private static final int AT_ONCE = Parallel.STREAMS - 4;

    private final long bytes;
    private final int rangeBytes;

    /** @param bytes of the companion, 1 or more */
    HotRanges(long bytes) {
        this.bytes = bytes;
        this.rangeBytes = Math.clamp(Math.ceilDiv(bytes - FRONT_BYTES, AT_ONCE), LEAST_BYTES, MOST_BYTES);
    }

    int count() {
        return number(bytes - 1) + 1;
    }

    /** Which range a byte is in, counted from 0. */
    int number(long offset) {
        return offset < FRONT_BYTES ? 0 : 1 + (int) ((offset - FRONT_BYTES) / rangeBytes);
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
        return FRONT_BYTES + (long) number * rangeBytes;
    }
}
