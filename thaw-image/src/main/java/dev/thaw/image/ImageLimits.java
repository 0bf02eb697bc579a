package dev.thaw.image;

import dev.thaw.store.DataSize;

/**
 * How large an image may be. Images come from strangers: each bound ends a hostile archive with a clear error before it
 * fills memory or disk.
 *
 * @param layers how many layers
 * @param entries how many archive entries in all layers together
 * @param expandedBytes the layers' uncompressed bytes, and the root file system's bytes, each
 * @param documentBytes the size of an index, a manifest or a configuration
 */
public record ImageLimits(int layers, int entries, long expandedBytes, int documentBytes) {
    /** What Linux takes as a path, without its terminator. */
    static final int PATH_BYTES = 4095;

    /** What Linux takes as one component of a path. */
    static final int NAME_BYTES = 255;

    /** How many symbolic links Linux follows in one path. */
    static final int LINK_HOPS = 40;

    /** Directories below each other; a path of the longest length cannot name more. */
    static final int DEPTH = 2047;

    /** The value of one extended attribute in Linux, and here all of one inode's together. */
    static final int XATTR_BYTES = 64 << 10;

    public static final ImageLimits DEFAULT =
            new ImageLimits(256, 2_000_000, DataSize.ofGibibytes(32).bytes(), 4 << 20);

    public ImageLimits {
        if (layers < 1 || entries < 1 || expandedBytes < 1 || documentBytes < 1) {
            throw new IllegalArgumentException("Each limit of an image must be positive.");
        }
    }
}
