package dev.thaw.store.chunk;

import dev.thaw.store.object.StoreException;

/** Reads what {@link ByteWriter} wrote. Whatever is wrong with the bytes is a CORRUPT {@link StoreException} that names the document. */
final class ByteParser {
    private final String document;
    private final byte[] bytes;
    private int at;

    ByteParser(String document, byte[] bytes) {
        this.document = document;
        this.bytes = bytes;
    }

    long fixed(int width) throws StoreException {
        require(width);
        long value = 0;
        for (int i = 0; i < width; i++) {
            value = value << Byte.SIZE | bytes[at++] & 0xff;
        }
        return value;
    }

    BlockId id() throws StoreException {
        return new BlockId(fixed(Long.BYTES), fixed(Long.BYTES));
    }

    /** A number from 0 to {@code limit}. */
    long number(long limit, String what) throws StoreException {
        long value = anyNumber();
        if (value < 0 || value > limit) {
            throw corrupt("has " + what + " " + value + ", which is more than " + limit);
        }
        return value;
    }

    /** Like {@link #number} for what counts things. */
    int count(long limit, String what) throws StoreException {
        return (int) number(Math.min(limit, Integer.MAX_VALUE), what);
    }

    long signed() throws StoreException {
        long value = anyNumber();
        return value >>> 1 ^ -(value & 1);
    }

    private long anyNumber() throws StoreException {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            require(1);
            byte next = bytes[at++];
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw corrupt("has a number that does not end");
    }

    int position() {
        return at;
    }

    int left() {
        return bytes.length - at;
    }

    byte[] raw(int length) throws StoreException {
        require(length);
        at += length;
        return java.util.Arrays.copyOfRange(bytes, at - length, at);
    }

    void end() throws StoreException {
        if (at != bytes.length) {
            throw corrupt("has " + (bytes.length - at) + " bytes too many");
        }
    }

    private void require(int count) throws StoreException {
        if (bytes.length - at < count) {
            throw corrupt("ends too early");
        }
    }

    StoreException corrupt(String what) {
        return new StoreException(StoreException.Code.CORRUPT, "The " + document + " " + what + ".");
    }
}
