package dev.thaw.kubernetes.resource;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;

/**
 * Eight bytes a snapshot: ten thousand take 107 kB of an object that may have 1.5 MB.
 *
 * <p>Errors: a snapshot that is not there is taken for one that is with a probability of entries ÷ 2^48 (3.6 × 10⁻¹¹ for
 * ten thousand). The working set's size is rounded up to a power of 2^(1/8), at most 9.1 % too large. The share that is there
 * is rounded down to a 255th. So a digest never promises more of a snapshot's share than is there.
 */
public final class DigestCodec {
    /** Snapshots that a digest may hold. */
    public static final int LIMIT = 65_536;

    private static final int ENTRY_BYTES = 8;
    private static final int SIZE_STEPS_PER_DOUBLING = 8;
    private static final int MAX_BYTE = 255;

    private DigestCodec() {}

    public static SnapshotDigest encode(List<SnapshotEntry> entries) {
        if (entries.size() > LIMIT) {
            throw new IllegalArgumentException("a digest holds at most " + LIMIT + " snapshots, not " + entries.size());
        }
        ByteBuffer buffer = ByteBuffer.allocate(entries.size() * ENTRY_BYTES);
        for (SnapshotEntry entry : entries) {
            long share = entry.workingSetBytes() == 0
                    ? MAX_BYTE
                    : (long) Math.floor((double) entry.workingSetPresentBytes() / entry.workingSetBytes() * MAX_BYTE);
            buffer.putLong(SnapshotKey.of(entry.id()) << 16
                    | (long) sizeStep(entry.workingSetBytes()) << 8
                    | Math.min(share, MAX_BYTE));
        }
        return new SnapshotDigest(entries.size(), Base64.getEncoder().encodeToString(buffer.array()));
    }

    /**
     * @return bytes of the entries, of which {@link #key}, {@link #workingSetBytes} and {@link #presentBytes} tell the parts
     * @throws IllegalArgumentException where the text is not what {@link #encode} writes
     */
    static ByteBuffer decode(int count, String entries) {
        byte[] bytes = Base64.getDecoder().decode(entries);
        if (count < 0 || count > LIMIT || bytes.length != count * ENTRY_BYTES) {
            throw new IllegalArgumentException(
                    "a digest of " + count + " snapshots cannot have " + bytes.length + " bytes");
        }
        return ByteBuffer.wrap(bytes);
    }

    static long key(long entry) {
        return entry >>> 16;
    }

    static long workingSetBytes(long entry) {
        int step = (int) (entry >>> 8) & MAX_BYTE;
        return step == 0 ? 0 : sizeOf(step);
    }

    static long presentBytes(long entry) {
        return (long) (workingSetBytes(entry) * ((double) (entry & MAX_BYTE) / MAX_BYTE));
    }

    /** The smallest step whose size is at least {@code bytes}; 0 for nothing. Step 255 is 2^31.75 KiB, 3.6 TB. */
    private static int sizeStep(long bytes) {
        if (bytes == 0) {
            return 0;
        }
        int step = (int) Math.ceil(Math.log(bytes / 1024.0) / Math.log(2) * SIZE_STEPS_PER_DOUBLING) + 1;
        step = Math.clamp(step, 1, MAX_BYTE);
        // The logarithm may be off by a rounding, the promise may not.
        while (step < MAX_BYTE && sizeOf(step) < bytes) {
            step++;
        }
        return step;
    }

    private static long sizeOf(int step) {
        return (long) Math.ceil(1024 * Math.pow(2, (step - 1.0) / SIZE_STEPS_PER_DOUBLING));
    }
}
