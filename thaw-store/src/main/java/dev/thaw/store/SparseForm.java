package dev.thaw.store;

import java.nio.ByteBuffer;

/**
 * How guest memory is hashed: the blocks that are not zero, with their places, so that zero memory costs neither bytes
 * nor time.
 *
 * <h2>Layout</h2>
 *
 * All numbers are big-endian, 8 bytes.
 *
 * <pre>
 * magic    "thawsp1\n" as 8 bytes
 * size     of the memory, in bytes
 * extent*  offset, length, then length bytes
 * end      size, 0
 * </pre>
 *
 * <h2>Canonical</h2>
 *
 * One memory has exactly one form, so that its digest names the memory's content. The memory is cut into windows of
 * {@link #WINDOW} bytes and these into blocks of {@link #BLOCK}; the last of each may be shorter. An extent is a longest
 * run of blocks, within one window, that each hold a byte other than zero. Extents come in the order of their offsets.
 *
 * <h2>Why so</h2>
 *
 * A window is all that a reader has to hold, so one pass in constant memory does either, and the digest is
 * taken on the way. A header in front of each run, not a table in front of all, is what makes one pass possible. The
 * price is 16 bytes a run.
 */
final class SparseForm {
    static final long MAGIC = 0x746861777370310AL;
    static final int HEADER_BYTES = 16;

    /** A page of guest memory, and a block of most file systems: what a hole can be made of. */
    static final int BLOCK = 4096;

    /** Large enough for full speed, small enough to lie in the second-level cache while it is hashed. */
    static final int WINDOW = 1 << 20;

    private SparseForm() {}

    /** The number of blocks in a window. */
    static int blocks(int windowBytes) {
        return (windowBytes + BLOCK - 1) / BLOCK;
    }

    /** Both kinds of header, of the whole and of an extent, are two numbers. */
    static ByteBuffer header(long first, long second) {
        return ByteBuffer.allocate(HEADER_BYTES).putLong(first).putLong(second).flip();
    }
}
