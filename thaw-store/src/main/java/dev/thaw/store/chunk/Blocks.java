package dev.thaw.store.chunk;

/** Sizes that the format fixes; docs/decisions/chunks.md tells what they were chosen by. */
public final class Blocks {
    /** The unit of deduplication: a page of the guest. */
    public static final int BYTES = 4 << 10;

    /** How many blocks a frame, the unit of compression and encryption, has at most. */
    public static final int PER_FRAME = 8;

    /** Of a frame's plain bytes at most. */
    public static final int FRAME_BYTES = BYTES * PER_FRAME;

    /** A reader takes frames up to this many blocks, whatever a writer of this version makes. */
    public static final int MAX_PER_FRAME = 64;

    /** An image has at most this many blocks: 1 TiB. */
    public static final long MAX_IN_IMAGE = 1L << 28;

    private Blocks() {}

    /** How many blocks {@code sizeBytes} take, the last perhaps shorter. */
    public static long count(long sizeBytes) {
        return (sizeBytes + BYTES - 1) / BYTES;
    }
}
