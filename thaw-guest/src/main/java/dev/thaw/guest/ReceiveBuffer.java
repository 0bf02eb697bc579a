package dev.thaw.guest;

import java.nio.ByteBuffer;

/** Bytes that came and were not read yet: a ring that grows with what is in it, up to the window. Not thread-safe. */
final class ReceiveBuffer {
    private static final int FIRST_BYTES = 8 << 10;

    private byte[] ring = new byte[0];
    private int head;
    private int size;

    int size() {
        return size;
    }

    void put(ByteBuffer bytes) {
        int count = bytes.remaining();
        if (size + count > ring.length) {
            grow(size + count);
        }
        int tail = (head + size) % ring.length;
        int first = Math.min(count, ring.length - tail);
        bytes.get(ring, tail, first);
        bytes.get(ring, 0, count - first);
        size += count;
    }

    int take(byte[] target, int offset, int length) {
        int count = Math.min(length, size);
        int first = Math.min(count, ring.length - head);
        System.arraycopy(ring, head, target, offset, first);
        System.arraycopy(ring, 0, target, offset + first, count - first);
        size -= count;
        head = size == 0 ? 0 : (head + count) % ring.length;
        return count;
    }

    void clear() {
        ring = new byte[0];
        head = 0;
        size = 0;
    }

    private void grow(int needed) {
        int length = Math.max(ring.length, FIRST_BYTES);
        while (length < needed) {
            length *= 2;
        }
        byte[] larger = new byte[length];
        int count = take(larger, 0, size);
        ring = larger;
        head = 0;
        size = count;
    }
}
