package dev.thaw.lazy;

/**
 * What a next daemon must know of a file, because the kernel knows it too.
 *
 * @param node the number of its inode
 * @param sizeBytes of the image: the kernel knows it too
 * @param closed whether its name is gone, and it is there for those who have it open
 */
record LeftNode(long node, long sizeBytes, String name, boolean closed) {
    LeftNode withClosed(boolean nowClosed) {
        return new LeftNode(node, sizeBytes, name, nowClosed);
    }
}
