package dev.thaw.load.trace;

import static java.util.Objects.requireNonNull;

/**
 * A function of an Azure 2019 trace.
 *
 * @param owner hash of the owner
 * @param application hash of the application
 * @param function hash of the function; the key that the three files are joined on
 * @param trigger what starts it, as the trace says; empty where the trace has no such column
 * @param invocations how often it was invoked in each unit of time (a minute, or a second)
 */
@SuppressWarnings(
        "ArrayRecordComponent") // A column of 1440 counts for each of 10,000 functions: a list of boxes would not fit.
public record FunctionTrace(
        String owner,
        String application,
        String function,
        String trigger,
        int[] invocations,
        DurationStatistics durations,
        MemoryStatistics memory) {

    public FunctionTrace {
        requireNonNull(owner, "owner is null");
        requireNonNull(application, "application is null");
        requireNonNull(function, "function is null");
        requireNonNull(trigger, "trigger is null");
        requireNonNull(invocations, "invocations is null");
        requireNonNull(durations, "durations is null");
        requireNonNull(memory, "memory is null");
    }

    /** Invocations over the whole trace. */
    public long totalInvocations() {
        long total = 0;
        for (int count : invocations) {
            total += count;
        }
        return total;
    }
}
