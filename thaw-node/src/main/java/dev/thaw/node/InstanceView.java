package dev.thaw.node;

import java.util.Optional;

/**
 * An instance as people see it.
 *
 * @param start empty while it starts
 * @param vmmPid 0 while it starts
 */
public record InstanceView(
        String worker,
        String function,
        String revision,
        String instance,
        InstanceState state,
        Optional<StartKind> start,
        int inFlight,
        long invocations,
        long vmmPid,
        long memoryBytes) {}
