package dev.thaw.lazy;

/**
 * The bytes of one image: guest memory, or a root file system. What it gives has been verified; who reads through a mount sees nothing else.
 *
 * <p>Used from many threads at once. The bytes never change.
 */
public interface ImageSource extends AutoCloseable {
    /** The unit of reads: a page of a guest and of the page cache. */
    int BLOCK_BYTES = 4096;

    /** The longest range that one read asks for. */
    int LONGEST_READ_BYTES = (1 << 20) + 2 * BLOCK_BYTES;

    /** At least one byte; always the same. */
    long sizeBytes();

    /**
     * Reads a range of blocks, which lies within the image. It is answered exactly once: before this returns when the bytes are at hand, otherwise later, from any
     * thread. The answer's call passes them on before it returns, so that a source may lend memory for the time of that call alone.
     *
     * <p>This is called by a thread that all readers of the mount share. It must not wait for anything slower than memory, nor open, read or map a file of a mount of
     * this process, nor take a lock under which that is done.
     *
     * <p>A source bounds its own patience, and says what it waited for. One that throws has failed.
     *
     * @param offset in bytes; a multiple of {@link #BLOCK_BYTES}
     * @param length in bytes, at most {@link #LONGEST_READ_BYTES}; a multiple of {@link #BLOCK_BYTES}, except at the image's end
     */
    void read(long offset, int length, ReadAnswer answer);

    /**
     * Called once, when nobody can read any more. Reads may still be under way when the mount was torn down; their answers then go nowhere.
     */
    @Override
    void close();
}
