package dev.thaw.cache.frame;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which slots of the data file are taken, and which the disk keeps bytes for. Not thread-safe: the index's lock guards it.
 *
 * <p>A frame gets one run of slots where there is one, so that it is one read: first where frames have just left, else from
 * where the last search ended. Only where a bounded search finds no run it gets several.
 */
final class Slots {
    /** Of one slot: what file systems and the page cache deal in, so that no write has to read first. */
    static final int BYTES = 4 << 10;

    private static final int LOOKS = 256;
    private static final int NOTED = 4096;

    private final int capacity;
    private final BitSet taken = new BitSet();
    private final BitSet backed = new BitSet(); // the disk keeps bytes for these
    private final Deque<Integer> left = new ArrayDeque<>(); // slots of frames that have gone lately; hints only
    private int takenCount;
    private int backedCount;
    private int cursor;

    /** @param capacity new frames get slots below it; those that are claimed may lie above */
    Slots(int capacity) {
        this.capacity = capacity;
    }

    static int count(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, (bytes + BYTES - 1) / BYTES);
    }

    /** Empty when there is no room, or it is in too many pieces. */
    Optional<Extents> take(int count) {
        Search search = new Search(count);
        List<Integer> tooShort = new ArrayList<>();
        for (int look = 0; look < LOOKS && !left.isEmpty() && search.found == null; look++) {
            int slot = left.pollFirst();
            if (search.around(slot)) {
                tooShort.add(slot);
            }
        }
        for (int look = 0; look < LOOKS && search.found == null && search.next(); look++) {}
        search.end();
        Optional<Extents> found = Optional.ofNullable(search.found).or(search::pieces);
        found.ifPresent(this::mark);
        tooShort.stream().filter(slot -> !taken.get(slot)).forEach(this::note);
        return found;
    }

    private void mark(Extents extents) {
        for (int run = 0; run < extents.count(); run++) {
            taken.set(extents.first(run), extents.end(run));
        }
        takenCount += extents.slots();
    }

    /** The disk keeps bytes for these, or is about to. */
    void keep(Extents extents) {
        for (int run = 0; run < extents.count(); run++) {
            for (int slot = extents.first(run); slot < extents.end(run); slot++) {
                backedCount += backed.get(slot) ? 0 : 1;
                backed.set(slot);
            }
        }
    }

    /** Takes these slots unless one of them is taken. */
    boolean claim(Extents extents) {
        for (int run = 0; run < extents.count(); run++) {
            int next = taken.nextSetBit(extents.first(run));
            if (next >= 0 && next < extents.end(run)) {
                return false;
            }
        }
        mark(extents);
        keep(extents);
        return true;
    }

    void free(Extents extents) {
        for (int run = 0; run < extents.count(); run++) {
            taken.clear(extents.first(run), extents.end(run));
            note(extents.first(run));
        }
        takenCount -= extents.slots();
    }

    private void note(int slot) {
        if (left.size() == NOTED) {
            left.pollLast();
        }
        left.addFirst(slot);
    }

    /** Runs of slots that nobody has and the disk need not keep; they count as given back. */
    List<Extents> release(int most) {
        List<Extents> runs = new ArrayList<>();
        int slot = backed.length() - 1;
        while (slot >= 0 && backedCount > Math.max(most, takenCount)) {
            int last = previousFree(slot);
            if (last < 0) {
                break;
            }
            int first = last;
            while (first > 0 && backed.get(first - 1) && !taken.get(first - 1)) {
                first--;
            }
            backed.clear(first, last + 1);
            backedCount -= last + 1 - first;
            runs.add(Extents.of(first, last + 1 - first));
            slot = first - 1;
        }
        return runs;
    }

    /** The highest slot up to this one that the disk keeps for nobody. */
    private int previousFree(int slot) {
        int at = backed.previousSetBit(slot);
        while (at >= 0 && taken.get(at)) {
            at = backed.previousSetBit(taken.previousClearBit(at));
        }
        return at;
    }

    int taken() {
        return takenCount;
    }

    int backed() {
        return backedCount;
    }

    /** One search for room: the run that is long enough, or else the longest few that were seen. */
    private final class Search {
        private final int wanted;
        private final List<int[]> seen = new ArrayList<>(); // first and length
        private int at = cursor;
        private boolean wrapped;

        @Nullable
        Extents found;

        Search(int wanted) {
            this.wanted = wanted;
        }

        /** @return whether there is a run around that slot that is too short */
        boolean around(int slot) {
            if (slot >= capacity || taken.get(slot)) {
                return false;
            }
            look(taken.previousSetBit(slot) + 1);
            return found == null;
        }

        /** Goes on to the next run; false when all have been seen. */
        boolean next() {
            int first = taken.nextClearBit(at);
            if (first >= capacity) {
                if (wrapped) {
                    return false;
                }
                wrapped = true;
                at = 0;
                return true;
            }
            at = look(first);
            return true;
        }

        /** Looks at the run that begins here. @return where it ends, or where enough of it does */
        private int look(int first) {
            int end = first;
            while (end < capacity && end - first < wanted && !taken.get(end)) {
                end++;
            }
            if (end - first == wanted) {
                found = Extents.of(first, wanted);
                if (end < capacity && !taken.get(end)) {
                    note(end);
                }
            } else {
                seen.add(new int[] {first, end - first});
            }
            return end;
        }

        void end() {
            cursor = at >= capacity ? 0 : at;
        }

        /** The longest runs that were seen, if few enough of them suffice. */
        Optional<Extents> pieces() {
            List<int[]> longestFirst = seen.stream()
                    .sorted(Comparator.<int[]>comparingInt(run -> -run[1]).thenComparingInt(run -> run[0]))
                    .toList();
            int[] runs = new int[2 * Extents.MOST];
            int slots = 0;
            int count = 0;
            Set<Integer> ends = new HashSet<>(); // a run that was seen twice, from different slots on, ends the same
            for (int[] run : longestFirst) {
                if (count < Extents.MOST && slots < wanted && ends.add(run[0] + run[1])) {
                    runs[2 * count] = run[0];
                    runs[2 * count + 1] = Math.min(run[1], wanted - slots);
                    slots += runs[2 * count + 1];
                    count++;
                }
            }
            return slots == wanted ? Optional.of(new Extents(Arrays.copyOf(runs, 2 * count))) : Optional.empty();
        }
    }
}
