package dev.thaw.cli.bench.origin;

import java.util.HashMap;
import java.util.Map;

/**
 * What passed since {@link #mark}: requests, bytes, what of it had passed before, and how long the longest chain of requests was of which each began after the one before it had ended,
 * which is how many round trips a client waited for one after another.
 */
final class Traffic {
    /**
     * @param requests that have begun
     * @param reads of them, reads of objects
     * @param readBytes of the bodies of answered reads, as far as they have passed
     * @param roundTrips the longest chain of requests
     * @param changingReads reads answered of objects that change, which may be asked for again: pointers, lists, wrapped keys
     * @param repeatedReads reads answered of other objects of which some bytes had been answered before
     * @param repeatedBytes those bytes
     */
    record Counts(
            long requests,
            long reads,
            long readBytes,
            int roundTrips,
            long changingReads,
            long repeatedReads,
            long repeatedBytes) {}

    /** Guarded by this: since the mark. */
    private long requests;

    private long reads;
    private long readBytes;
    private int longest;
    private int longestEnded;
    private long changingReads;
    private long repeatedReads;
    private long repeatedBytes;
    private final Map<String, PassedRanges> passed = new HashMap<>();

    /** Requests that began before the mark are not of its chain. */
    private int era;

    /** @param depth how many requests the chain has that ends with this one */
    record Ticket(int era, int depth) {}

    synchronized Ticket begin(boolean read) {
        requests++;
        if (read) {
            reads++;
        }
        int depth = longestEnded + 1;
        longest = Math.max(longest, depth);
        return new Ticket(era, depth);
    }

    synchronized void passed(long bytes) {
        readBytes += bytes;
    }

    /** The bytes of an object from {@code offset} on have all passed. */
    synchronized void answered(Ticket ticket, String object, long offset, long length) {
        if (ticket.era() != era) {
            return;
        }
        if (isChanging(object)) {
            changingReads++;
            return;
        }
        long again = passed.computeIfAbsent(object, _ -> new PassedRanges()).add(offset, offset + length);
        repeatedBytes += again;
        repeatedReads += again > 0 ? 1 : 0;
    }

    /** Whether an object of a store is written more than once under its name. */
    private static boolean isChanging(String object) {
        return object.contains("/pointers/") || object.contains("/condemned/") || object.contains("/keys/");
    }

    synchronized void end(Ticket ticket) {
        if (ticket.era() == era) {
            longestEnded = Math.max(longestEnded, ticket.depth());
        }
    }

    /** Counts from here. */
    synchronized void mark() {
        era++;
        requests = 0;
        reads = 0;
        readBytes = 0;
        longest = 0;
        longestEnded = 0;
        changingReads = 0;
        repeatedReads = 0;
        repeatedBytes = 0;
        passed.clear();
    }

    synchronized Counts counts() {
        return new Counts(requests, reads, readBytes, longest, changingReads, repeatedReads, repeatedBytes);
    }
}
