package dev.thaw.kubernetes.resource;

import java.util.Arrays;

/**
 * Snapshots on one node, by {@link SnapshotKey}, ascending and without repeats, in parallel arrays: a node may hold ten
 * thousand and a cluster a thousand nodes, so that an object each would be too many. The arrays belong to this object.
 *
 * @param keys ascending
 * @param presentBytes bytes of the working set that are there, per key
 * @param workingSetBytes bytes of the working set in all, per key; at least what is present
 */
@SuppressWarnings("ArrayRecordComponent") // not compared, only carried
public record HeldSnapshots(long[] keys, long[] presentBytes, long[] workingSetBytes) {
    public static final HeldSnapshots NONE = new HeldSnapshots(new long[0], new long[0], new long[0]);

    public HeldSnapshots {
        if (keys.length != presentBytes.length || keys.length != workingSetBytes.length) {
            throw new IllegalArgumentException("the arrays differ in length");
        }
    }

    public int size() {
        return keys.length;
    }

    /** Sorts the first {@code count} of each; where a key repeats, the later one counts. */
    static HeldSnapshots sorted(long[] keys, long[] present, long[] total, int count) {
        Integer[] order = new Integer[count];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Long.compare(keys[a], keys[b]));
        long[] sortedKeys = new long[count];
        long[] sortedPresent = new long[count];
        long[] sortedTotal = new long[count];
        int size = 0;
        for (Integer i : order) {
            if (size > 0 && sortedKeys[size - 1] == keys[i]) {
                size--;
            }
            sortedKeys[size] = keys[i];
            sortedPresent[size] = Math.min(present[i], total[i]);
            sortedTotal[size] = total[i];
            size++;
        }
        return new HeldSnapshots(
                Arrays.copyOf(sortedKeys, size), Arrays.copyOf(sortedPresent, size), Arrays.copyOf(sortedTotal, size));
    }
}
