package dev.thaw.lazy;

import org.jspecify.annotations.Nullable;

/**
 * Sees by the misses of one image whether it is read in order, and says how far ahead is worth fetching. What has been fetched ahead is in the page cache, where nobody sees it being
 * read; so one block in the middle of it is kept back: who asks for that one will soon want what comes after, which is fetched meanwhile.
 */
final class Readahead {
    private static final int FIRST_BLOCKS = 64;
    private static final int MOST_BLOCKS = 512;

    /** A reader in order may leave out a few: holes, or what the page cache had. */
    private static final int SLACK_BLOCKS = 32;

    private int next = -1; // where a reader in order misses next; guarded by this
    private int blocks; // of the last window, 0 when there is none; guarded by this

    /** Read by all, written under the lock. */
    private volatile @Nullable Mark mark;

    /**
     * What is fetched at once.
     *
     * @param block that is kept back
     */
    record Window(int from, int count, int block) {
        int end() {
            return from + count;
        }
    }

    private record Mark(int block, HotPages.Page page, Window window) {}

    /** @return what to fetch from a missed block on; empty when reads are not in order */
    synchronized @Nullable Window missed(int block) {
        boolean inOrder = next >= 0 && block >= next && block <= next + SLACK_BLOCKS;
        blocks = inOrder ? grown() : 0;
        return inOrder ? window(block) : null;
    }

    /** What follows a window whose kept-back block has been read. */
    private synchronized Window after(Window window) {
        blocks = grown();
        return window(window.end());
    }

    private int grown() {
        return Math.min(MOST_BLOCKS, Math.max(FIRST_BLOCKS, 2 * blocks));
    }

    private Window window(int from) {
        next = from + blocks;
        return new Window(from, blocks, from + blocks / 2);
    }

    /** Up to this block all is there that was fetched with a miss. */
    synchronized void covered(int end) {
        next = end;
    }

    /** Keeps a block back. */
    void keep(Window window, HotPages.Page page) {
        mark = new Mark(window.block(), page, window);
    }

    /** The block that was kept back, if it is this one. */
    HotPages.@Nullable Page get(int block) {
        Mark here = mark;
        return here != null && here.block() == block ? here.page() : null;
    }

    /** To be called for a block that was kept back and has been read: what to fetch now; empty for all but the first. */
    synchronized @Nullable Window reached(int block) {
        Mark here = mark;
        if (here == null || here.block() != block) {
            return null;
        }
        mark = null;
        return after(here.window());
    }
}
