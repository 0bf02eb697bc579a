package dev.thaw.cache.frame;

/**
 * The slots that a frame lies in, in order: mostly one run of them, at most {@link #MOST}.
 *
 * @param runs first slot and number of slots of each run, by turns
 */
@SuppressWarnings("ArrayRecordComponent") // of its package alone, which neither changes nor compares it
record Extents(int[] runs) {
    /** What fits into a record of the journal. */
    static final int MOST = 4;

    static Extents of(int first, int count) {
        return new Extents(new int[] {first, count});
    }

    int count() {
        return runs.length / 2;
    }

    int first(int run) {
        return runs[2 * run];
    }

    int length(int run) {
        return runs[2 * run + 1];
    }

    /** The slot after a run. */
    int end(int run) {
        return first(run) + length(run);
    }

    int slots() {
        int slots = 0;
        for (int run = 0; run < count(); run++) {
            slots += length(run);
        }
        return slots;
    }
}
