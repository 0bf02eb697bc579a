package dev.thaw.store;

/** What {@link SnapshotStore#collect} removed. */
public record Collected(int parts, long bytes) {}
