package dev.thaw.store;

import java.util.List;

/**
 * What a store's bytes are for.
 *
 * @param storedBytes of all objects
 * @param unreachableBytes of objects that no published snapshot refers to; collections remove them once they are old enough
 * @param total of all that is published
 * @param functions by name; a revision's function is its name without the number
 * @param domains trust domains by name
 */
public record StoreUsage(
        long storedBytes, long unreachableBytes, Share total, List<Share> functions, List<Share> domains) {
    public StoreUsage {
        functions = List.copyOf(functions);
        domains = List.copyOf(domains);
    }

    /**
     * What belongs together. Logical bytes are zeros, repetitions and distinct bytes; distinct bytes are stored
     * compressed.
     *
     * @param logicalBytes of memory, state and root file systems, each counted as often as it is used
     * @param zeroBytes of these in blocks of zeros, which cost nothing
     * @param repeatedBytes of these in blocks that are there once more, within the share
     * @param distinctBytes of these once
     * @param storedBytes of the frames that hold the distinct blocks, compressed and sealed, each once
     * @param uniqueBytes of the frames that nothing else uses
     */
    public record Share(
            String name,
            int snapshots,
            long logicalBytes,
            long zeroBytes,
            long repeatedBytes,
            long distinctBytes,
            long storedBytes,
            long uniqueBytes) {}
}
