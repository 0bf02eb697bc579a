package dev.thaw.store.chunk;

import java.util.Arrays;

/** Writes numbers one after another: big-endian of fixed size, or in base 128, the low seven bits first (LEB128). */
final class ByteWriter {
    private byte[] bytes = new byte[4096];
    private int size;

    ByteWriter fixed(long value, int width) {
        room(width);
        for (int shift = (width - 1) * Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            bytes[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    ByteWriter id(BlockId id) {
        return fixed(id.high(), Long.BYTES).fixed(id.low(), Long.BYTES);
    }

    /** @param value from 0 on */
    ByteWriter number(long value) {
        room(10);
        long left = value;
        while (left >= 0x80) {
            bytes[size++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[size++] = (byte) left;
        return this;
    }

    /** A number that may be negative. */
    ByteWriter signed(long value) {
        return number(value << 1 ^ value >> 63);
    }

    ByteWriter raw(byte[] source, int offset, int length) {
        room(length);
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
        return this;
    }

    int size() {
        return size;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    private void room(int count) {
        if (bytes.length - size < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + count));
        }
    }
}
