package dev.thaw.store.object;

/**
 * A range of an object.
 *
 * @param offset the first byte
 * @param length how many bytes, or {@link #TO_END}
 * @param orFewer whether an object that ends within it is no error
 */
public record ByteRange(long offset, long length, boolean orFewer) {
    /** A length that means: whatever follows. */
    public static final long TO_END = -1;

    public ByteRange {
        if (offset < 0 || length < TO_END || length == 0) {
            throw new IllegalArgumentException("Not a byte range: offset " + offset + ", length " + length);
        }
    }

    public ByteRange(long offset, long length) {
        this(offset, length, false);
    }

    /** The first bytes, all of them where there are fewer. */
    public static ByteRange first(long atMost) {
        return new ByteRange(0, atMost, true);
    }

    public static ByteRange all() {
        return new ByteRange(0, TO_END);
    }

    /**
     * How many bytes this is of an object of {@code sizeBytes}.
     *
     * @throws StoreException {@code INVALID} when it reaches beyond the object
     */
    long lengthWithin(String key, long sizeBytes) throws StoreException {
        long end = length == TO_END ? sizeBytes : offset + length;
        if (orFewer && end > sizeBytes) {
            end = sizeBytes;
        }
        boolean nothing = offset > 0 && offset >= sizeBytes;
        if (nothing || end > sizeBytes || end < 0) {
            throw new StoreException(
                    StoreException.Code.INVALID,
                    "Bytes " + offset + " to " + end + " of " + key + " were asked for, which has " + sizeBytes + ".");
        }
        return end - offset;
    }
}
