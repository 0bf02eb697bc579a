package dev.thaw.load.plan;

import static java.util.Objects.requireNonNull;

/**
 * When one function is invoked, and for what.
 *
 * @param memoryLimitMib the most that an invocation will hold
 * @param gapsMicros for each invocation the time since the one before it, for the first since the experiment's start
 * @param unitCounts invocations in each unit of time; they add up to the number of gaps
 * @param runtimeMillis how long each invocation should run
 * @param memoryMib how much each invocation should hold
 */
@SuppressWarnings("ArrayRecordComponent") // Ten million invocations have to fit in a gigabyte.
public record FunctionPlan(
        String name, int memoryLimitMib, double[] gapsMicros, int[] unitCounts, int[] runtimeMillis, int[] memoryMib) {

    public FunctionPlan {
        requireNonNull(name, "name is null");
        if (gapsMicros.length != runtimeMillis.length || gapsMicros.length != memoryMib.length) {
            throw new IllegalArgumentException(name + ": gaps, run times and memory differ in number.");
        }
    }

    public int invocations() {
        return gapsMicros.length;
    }
}
