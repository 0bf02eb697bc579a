package dev.thaw.load.run;

import dev.thaw.load.plan.Phase;

/**
 * A request that is due.
 *
 * @param id within its function, as in {@code min3.inv0}
 * @param atNanos when to send it, from the experiment's start
 */
public record Invocation(
        String function, Target target, String id, Phase phase, long atNanos, int runtimeMillis, int memoryMib) {}
