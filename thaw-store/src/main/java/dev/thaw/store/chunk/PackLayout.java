package dev.thaw.store.chunk;

import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.StoreException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * How a pack lies in its object.
 *
 * <pre>
 * header   "thawpk1\n", epoch in 4 bytes, 4 bytes of zero
 * frames   one after another
 * padding  random bytes
 * index    a sealed document
 * footer   offset of the index in 8 bytes, its length in 4, 4 bytes of zero, "thawpe1\n"
 * </pre>
 */
public final class PackLayout {
    public static final int HEADER_BYTES = 16;
    public static final int FOOTER_BYTES = 24;

    /** A writer closes a pack when its frames have this length. */
    public static final int TARGET_BYTES = 8 << 20;

    /** What a reader takes. */
    public static final int MAX_PACK_BYTES = 64 << 20;

    /** The read of a pack's tail that is likely to hold the whole index. */
    public static final int LIKELY_TAIL_BYTES = 128 << 10;

    private static final long HEAD = 0x74686177_706b310aL; // "thawpk1\n"
    private static final long FOOT = 0x74686177_7065310aL; // "thawpe1\n"

    private PackLayout() {}

    static void writeHeader(ByteBuffer target, PackId pack) {
        target.putLong(HEAD).putInt(pack.epoch()).putInt(0);
    }

    static void writeFooter(ByteBuffer target, long indexOffset, int indexLength) {
        target.putLong(indexOffset).putInt(indexLength).putInt(0).putLong(FOOT);
    }

    /** Makes these the first bytes of this pack. */
    public static void writeHeader(byte[] bytes, PackId pack) {
        writeHeader(ByteBuffer.wrap(bytes), pack);
    }

    /** Whether these are the first bytes of this pack. */
    public static boolean isHeader(byte[] bytes, PackId pack) {
        byte[] expected = new byte[HEADER_BYTES];
        writeHeader(ByteBuffer.wrap(expected), pack);
        return Arrays.equals(bytes, 0, Math.min(bytes.length, HEADER_BYTES), expected, 0, HEADER_BYTES);
    }

    /** Where the index is: the offset. */
    public record IndexPlace(long offset, int length) {}

    /**
     * @param tail the last bytes of the pack
     * @throws StoreException CORRUPT when this is not the end of a pack
     */
    public static IndexPlace indexPlace(PackId pack, byte[] tail, long packBytes) throws StoreException {
        if (tail.length < FOOTER_BYTES || packBytes > MAX_PACK_BYTES) {
            throw corrupt(pack, "has " + packBytes + " bytes, which is no size for a pack");
        }
        ByteBuffer footer = ByteBuffer.wrap(tail, tail.length - FOOTER_BYTES, FOOTER_BYTES);
        long offset = footer.getLong();
        int length = footer.getInt();
        int zero = footer.getInt();
        if (footer.getLong() != FOOT || zero != 0) {
            throw corrupt(pack, "does not end like a pack");
        }
        if (offset < HEADER_BYTES || length <= 0 || offset + length != packBytes - FOOTER_BYTES) {
            throw corrupt(pack, "has its index outside of itself");
        }
        return new IndexPlace(offset, length);
    }

    /** Opens the index that {@code tail}, the pack's last bytes, holds; it must hold all of it. */
    public static PackIndex index(DataKey key, String domain, PackId pack, byte[] tail, long packBytes)
            throws StoreException {
        IndexPlace place = indexPlace(pack, tail, packBytes);
        int from = (int) (place.offset() - (packBytes - tail.length));
        if (from < 0) {
            throw new IllegalArgumentException("The tail does not hold the whole index.");
        }
        PackIndex index = PackIndex.open(key, domain, pack, Arrays.copyOfRange(tail, from, from + place.length()));
        if (!index.frames().isEmpty() && index.frames().getLast().end() > place.offset()) {
            throw corrupt(pack, "has frames beyond its end");
        }
        return index;
    }

    private static StoreException corrupt(PackId pack, String what) {
        return new StoreException(StoreException.Code.CORRUPT, "Pack " + pack + " " + what + ".");
    }
}
