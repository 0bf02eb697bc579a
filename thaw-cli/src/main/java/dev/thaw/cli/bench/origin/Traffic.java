package dev.thaw.cli.bench.origin;

/**
 * What passed since {@link #mark}: requests, bytes, and how long the longest chain of requests was of which each began after the one before it had ended, which is how many round trips
 * a client waited for one after another.
 */
final class Traffic {
    /**
     * @param requests that have begun
     * @param reads of them, reads of objects
     * @param readBytes of the bodies of answered reads, as far as they have passed
     * @param roundTrips the longest chain of requests
     */
    record Counts(long requests, long reads, long readBytes, int roundTrips) {}

    /** Guarded by this: since the mark. */
    private long requests;

    private long reads;
    private long readBytes;
    private int longest;
    private int longestEnded;

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
    }

    synchronized Counts counts() {
        return new Counts(requests, reads, readBytes, longest);
    }
}
