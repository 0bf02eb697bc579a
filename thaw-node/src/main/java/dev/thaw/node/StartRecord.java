package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.Phase;
import java.time.Instant;
import java.util.Map;

/**
 * Why one start was what it was: what {@code explain} shows.
 *
 * @param at when the start began
 * @param kind how it ended up
 * @param reason for people: why this kind and not a better one
 * @param failure what a thaw that became a boot failed with, as {@code sandbox.vmm_died}; empty when none did
 * @param phasesMillis from the start's begin to the instance's readiness
 * @param fetchedBytes what came from outside the worker
 * @param snapshotBytes memory, state and root file system of the snapshot; 0 for a boot
 */
public record StartRecord(
        Instant at,
        String worker,
        String function,
        String revision,
        String instance,
        StartKind kind,
        String reason,
        String failure,
        Map<Phase, Double> phasesMillis,
        long fetchedBytes,
        long snapshotBytes) {
    public StartRecord {
        requireNonNull(at, "at is null");
        requireNonNull(worker, "worker is null");
        requireNonNull(function, "function is null");
        requireNonNull(revision, "revision is null");
        requireNonNull(instance, "instance is null");
        requireNonNull(kind, "kind is null");
        requireNonNull(reason, "reason is null");
        requireNonNull(failure, "failure is null");
        phasesMillis = Map.copyOf(phasesMillis);
    }
}
