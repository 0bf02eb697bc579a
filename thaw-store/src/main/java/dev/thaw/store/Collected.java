package dev.thaw.store;

/** What {@link SnapshotStore#collect} removed, or would have removed. */
public record Collected(int parts, long bytes) {}
