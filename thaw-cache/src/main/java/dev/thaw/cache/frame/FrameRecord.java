package dev.thaw.cache.frame;

import dev.thaw.store.chunk.FrameCipher;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.PackId;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One line of the journal: that a frame lies in these slots.
 *
 * <pre>
 * offset  bytes
 *      0      1  kind: 1 a frame is here, 2 it is here no more
 *      1      1  how many runs of slots, 1 to 4; 0 in kind 2
 *      2      2  zero
 *      4      4  epoch of the pack
 *      8     16  the pack's random name
 *     24      4  number of the frame
 *     28      4  length of its sealed bytes; 0 in kind 2
 *     32      4  how often it was used
 *     36     16  first slot of each run
 *     52      8  number of slots of each run, 2 bytes each
 *     60      4  CRC-32C of the 60 bytes before
 * </pre>
 *
 * Numbers are big-endian; what is not used is zero.
 */
record FrameRecord(FrameKey key, int length, int uses, Extents extents) {
    static final int BYTES = 64;

    private static final byte HERE = 1;
    private static final byte GONE = 2;
    private static final int CHECKED = BYTES - Integer.BYTES;
    private static final int FIRSTS = 36;
    private static final int COUNTS = 52;
    private static final Extents NOWHERE = new Extents(new int[0]);

    static FrameRecord gone(FrameKey key) {
        return new FrameRecord(key, 0, 0, NOWHERE);
    }

    boolean isHere() {
        return extents.count() > 0;
    }

    /** Appends it to {@code target}. */
    void write(ByteBuffer target) {
        int at = target.position();
        target.put(isHere() ? HERE : GONE).put((byte) extents.count()).putShort((short) 0);
        target.putInt(key.pack().epoch())
                .putLong(key.pack().high())
                .putLong(key.pack().low());
        target.putInt(key.number()).putInt(length).putInt(uses);
        for (int run = 0; run < Extents.MOST; run++) {
            target.putInt(at + FIRSTS + run * Integer.BYTES, run < extents.count() ? extents.first(run) : 0);
            target.putShort(at + COUNTS + run * Short.BYTES, (short) (run < extents.count() ? extents.length(run) : 0));
        }
        target.putInt(at + CHECKED, checksum(target, at)).position(at + BYTES);
    }

    static int checksum(ByteBuffer source, int at) {
        CRC32C crc = new CRC32C();
        crc.update(source.slice(at, CHECKED));
        return (int) crc.getValue();
    }

    /** Reads one at this place; empty when it is damaged or says what cannot be. */
    static Optional<FrameRecord> read(ByteBuffer source, int at) {
        int count = source.get(at + 1);
        byte kind = source.get(at);
        boolean whole = source.getInt(at + CHECKED) == checksum(source, at)
                && (kind == HERE && count >= 1 && count <= Extents.MOST || kind == GONE && count == 0);
        if (!whole) {
            return Optional.empty();
        }
        int[] runs = new int[2 * count];
        for (int run = 0; run < count; run++) {
            runs[2 * run] = source.getInt(at + FIRSTS + run * Integer.BYTES);
            runs[2 * run + 1] = source.getShort(at + COUNTS + run * Short.BYTES);
        }
        PackId pack = new PackId(source.getInt(at + 4), source.getLong(at + 8), source.getLong(at + 16));
        FrameRecord read = new FrameRecord(
                new FrameKey(pack, source.getInt(at + 24)),
                source.getInt(at + 28),
                Math.max(1, source.getInt(at + 32)),
                kind == HERE ? new Extents(runs) : NOWHERE);
        return kind == GONE || read.isPossible() ? Optional.of(read) : Optional.empty();
    }

    private boolean isPossible() {
        long slots = 0;
        for (int run = 0; run < extents.count(); run++) {
            if (extents.first(run) < 0
                    || extents.length(run) <= 0
                    || extents.first(run) > Integer.MAX_VALUE - extents.length(run)) {
                return false;
            }
            slots += extents.length(run);
        }
        return length > 0 && length <= FrameCipher.MAX_SEALED_BYTES && slots == Slots.count(length);
    }
}
