package dev.thaw.lazy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sees by the misses of one image whether it is read in order, at a few places at a time, and says how far ahead is worth fetching. What has been fetched ahead is in the page cache,
 * where nobody sees it being read; so one block in the middle of it is kept back: who asks for that one will soon want what comes after, which is fetched meanwhile.
 */
final class Readahead {
    static final int FIRST_BLOCKS = 64;
    static final int MOST_BLOCKS = 512;

    /** A reader in order may leave out a few: holes, or what the page cache had. */
    private static final int SLACK_BLOCKS = 32;

    /** Windows of the greatest size that are on their way or unread: one is opened while the other is fetched. */
    private static final int FULL_WINDOWS = 2;

    private static final int MOST_RUNS = 4;
    private static final int MOST_MARKS = 16;

    private final Deque<Run> runs = new ArrayDeque<>(); // the last one first; guarded by this
    private final Deque<Integer> order = new ArrayDeque<>(); // of marks; guarded by this

    /** Blocks that are kept back, of windows on their way too. Read by all, written under the lock. */
    private final Map<Integer, Mark> marks = new ConcurrentHashMap<>();

    /** Reads that follow each other. */
    private static final class Run {
        private final int from;
        private int next; // where a reader in order misses next
        private int blocks; // of the last window, 0 when there is none

        Run(int from, int next) {
            this.from = from;
            this.next = next;
        }

        boolean continuesAt(int block) {
            return block >= next && block <= next + SLACK_BLOCKS;
        }

        Window window(int at) {
            blocks = Math.min(MOST_BLOCKS, Math.max(FIRST_BLOCKS, 2 * blocks));
            next = at + blocks;
            return new Window(at, blocks, at + blocks / 2);
        }
    }

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

    private static final class Mark {
        private final Run run;
        private final Window window;
        private volatile HotPages.@Nullable Page page;

        Mark(Run run, Window window) {
            this.run = run;
            this.window = window;
        }
    }

    /** @return what to fetch from a missed block on; empty when reads are not in order */
    synchronized @Nullable Window missed(int block) {
        for (Run run : runs) {
            if (run.continuesAt(block)) {
                runs.remove(run);
                runs.addFirst(run);
                return marked(run, run.window(block));
            }
        }
        return null;
    }

    private Window marked(Run run, Window window) {
        marks.put(window.block(), new Mark(run, window));
        order.add(window.block());
        if (order.size() > MOST_MARKS) {
            // Nobody has come for it: it is a miss as any other when somebody does.
            marks.remove(order.remove());
        }
        return window;
    }

    /** After a miss that was not in order: from it up to {@code end} all has been fetched. */
    synchronized void covered(int block, int end) {
        for (Run run : runs) {
            if (block >= run.from && block < run.next) {
                return; // within what was read in order, which goes on
            }
        }
        runs.addFirst(new Run(block, end));
        if (runs.size() > MOST_RUNS) {
            runs.removeLast();
        }
    }

    /** @return whether the block is kept back; not when it was asked for already */
    boolean keep(int block, byte[] plain, int at) {
        Mark mark = marks.get(block);
        if (mark != null) {
            mark.page = new HotPages.Page(plain, at);
        }
        return mark != null;
    }

    /** The block that was kept back, if it is one. */
    HotPages.@Nullable Page get(int block) {
        Mark mark = marks.get(block);
        return mark == null ? null : mark.page;
    }

    /** To be called for each block that is asked for: what to fetch now, for the first who asks for one that is kept back. */
    List<Window> reached(int block) {
        return marks.containsKey(block) ? follow(block) : List.of();
    }

    private synchronized List<Window> follow(int block) {
        Mark mark = marks.remove(block);
        if (mark == null) {
            return List.of();
        }
        order.remove(block);
        Run run = mark.run;
        int end = mark.window.end();
        List<Window> windows = new ArrayList<>();
        while (run.next == end || (run.blocks == MOST_BLOCKS && run.next < end + FULL_WINDOWS * MOST_BLOCKS)) {
            windows.add(marked(run, run.window(run.next)));
        }
        return windows;
    }
}
