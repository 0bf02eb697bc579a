package dev.thaw.kubernetes.extender;

import java.util.Arrays;

/**
 * The nodes that hold a snapshot, ascending by id, with what each of them misses of its working set. Arrays and pages instead
 * of objects and bytes: twelve bytes a holder, for a large cluster has ten million. Guarded by the index's lock.
 */
final class Holders {
    static final int PAGE_BYTES = 4096;

    private int[] nodes = new int[4];
    private int[] missingPages = new int[4];
    private int[] workingSetPages = new int[4];
    private int count;

    /** The working set's size that most holders agree on, or -1 until it is computed; readers may compute it at once, alike. */
    private volatile long agreedBytes = -1;

    int count() {
        return count;
    }

    int node(int i) {
        return nodes[i];
    }

    long missingBytes(int i) {
        return (long) missingPages[i] * PAGE_BYTES;
    }

    void put(int node, long presentBytes, long workingSetBytes) {
        int at = Arrays.binarySearch(nodes, 0, count, node);
        if (at < 0) {
            at = -at - 1;
            insert(at);
            nodes[at] = node;
        }
        missingPages[at] = pages(workingSetBytes - presentBytes);
        workingSetPages[at] = pages(workingSetBytes);
        agreedBytes = -1;
    }

    /** Whether anything is left. */
    boolean remove(int node) {
        int at = Arrays.binarySearch(nodes, 0, count, node);
        if (at >= 0) {
            count--;
            System.arraycopy(nodes, at + 1, nodes, at, count - at);
            System.arraycopy(missingPages, at + 1, missingPages, at, count - at);
            System.arraycopy(workingSetPages, at + 1, workingSetPages, at, count - at);
            agreedBytes = -1;
        }
        return count > 0;
    }

    /** The lower median of what the holders say: a node with an absurd claim changes nothing where two others disagree. */
    long workingSetBytes() {
        long agreed = agreedBytes;
        if (agreed < 0) {
            agreed = count == 0 ? 0 : (long) lowerMedian() * PAGE_BYTES;
            agreedBytes = agreed;
        }
        return agreed;
    }

    private int lowerMedian() {
        int first = workingSetPages[0];
        boolean unanimous = true;
        for (int i = 1; i < count; i++) {
            unanimous &= workingSetPages[i] == first;
        }
        if (unanimous) {
            return first;
        }
        int[] sorted = Arrays.copyOf(workingSetPages, count);
        Arrays.sort(sorted);
        return sorted[(count - 1) / 2];
    }

    private void insert(int at) {
        if (count == nodes.length) {
            int capacity = count + (count >> 1);
            nodes = Arrays.copyOf(nodes, capacity);
            missingPages = Arrays.copyOf(missingPages, capacity);
            workingSetPages = Arrays.copyOf(workingSetPages, capacity);
        }
        System.arraycopy(nodes, at, nodes, at + 1, count - at);
        System.arraycopy(missingPages, at, missingPages, at + 1, count - at);
        System.arraycopy(workingSetPages, at, workingSetPages, at + 1, count - at);
        count++;
    }

    private static int pages(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, (bytes + PAGE_BYTES - 1) / PAGE_BYTES);
    }
}
