package dev.thaw.store;

import java.util.List;

/**
 * What a store's bytes are for.
 *
 * @param storedBytes of all objects
 * @param unreachableBytes of parts that no published snapshot refers to; a collection removes them once they are old enough
 * @param functions by name; a revision's function is its name without the number
 * @param domains trust domains by name
 */
public record StoreUsage(long storedBytes, long unreachableBytes, List<Share> functions, List<Share> domains) {
    public StoreUsage {
        functions = List.copyOf(functions);
        domains = List.copyOf(domains);
    }

    /**
     * What belongs together.
     *
     * @param logicalBytes of memory, state and root file systems, each counted as often as it is used
     * @param storedBytes of the parts that it uses, each counted once
     * @param uniqueBytes of the parts that nothing else uses
     */
    public record Share(String name, int snapshots, long logicalBytes, long storedBytes, long uniqueBytes) {}
}
