package dev.thaw.node;

/**
 * A worker as placement sees it.
 *
 * @param freeInstances of the revision, ready with a free place
 * @param starts under way, of all revisions
 * @param inFlight invocations, of all revisions
 * @param snapshotHere whether all of the revision's snapshot is in the worker's cache
 * @param instanceBytes of memory that an instance of the revision takes
 * @param memoryBytes for instances, in all
 * @param freeBytes of these
 */
public record WorkerView(
        String name,
        long freeInstances,
        long starts,
        long inFlight,
        boolean snapshotHere,
        long instanceBytes,
        long memoryBytes,
        long freeBytes) {}
