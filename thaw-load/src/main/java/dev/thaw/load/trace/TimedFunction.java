package dev.thaw.load.trace;

import static java.util.Objects.requireNonNull;

import java.util.List;

/** A function of an Azure 2021 trace, with each of its invocations in order of their start. */
public record TimedFunction(String application, String function, List<TimedInvocation> invocations) {
    public TimedFunction {
        requireNonNull(application, "application is null");
        requireNonNull(function, "function is null");
        invocations = List.copyOf(invocations);
    }

    /**
     * One invocation, in seconds from the trace's beginning.
     *
     * @param start when it began: its end less its duration, so it may be slightly negative at a trace's beginning
     */
    public record TimedInvocation(double start, double duration) {}
}
