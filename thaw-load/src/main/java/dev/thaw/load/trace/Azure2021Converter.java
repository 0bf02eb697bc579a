package dev.thaw.load.trace;

import dev.thaw.load.trace.TimedFunction.TimedInvocation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Turns a 2021 trace into the 2019 form, as In-Vitro's {@code preprocess2021} does: an invocation belongs to the minute that it starts
 * in, functions whose share of zero durations reaches a threshold are dropped, percentiles interpolate linearly, memory is a constant,
 * the owner is {@code 0}, the trigger {@code http}, functions are ordered by application and function.
 */
public final class Azure2021Converter {
    /** MiB for each function, the mean that Azure states for 2019. */
    public static final double MEMORY_MIB = 200;

    private Azure2021Converter() {}

    /**
     * @param zeroThreshold from 0 to 1: a function with at least this share of invocations of 0 s is dropped
     * @throws TraceException when nothing is left
     */
    public static List<FunctionTrace> convert(List<TimedFunction> functions, TimeWindow window, double zeroThreshold) {
        List<FunctionTrace> result = new ArrayList<>();
        for (TimedFunction function : functions) {
            List<TimedInvocation> kept = function.invocations().stream()
                    .filter(invocation -> isInside(invocation, window))
                    .toList();
            long zeros = kept.stream()
                    .filter(invocation -> invocation.duration() == 0)
                    .count();
            if (!kept.isEmpty() && zeros < zeroThreshold * kept.size()) {
                result.add(convert(function, kept, window));
            }
        }
        if (result.isEmpty()) {
            throw new TraceException(
                    "No function of the trace has an invocation in the chosen time with a run time above 0."
                            + " Choose another start or a longer duration.");
        }
        result.sort(Comparator.comparing(FunctionTrace::application).thenComparing(FunctionTrace::function));
        return result;
    }

    private static boolean isInside(TimedInvocation invocation, TimeWindow window) {
        return invocation.start() >= window.startMinute() * 60.0 && invocation.start() < window.endMinute() * 60.0;
    }

    private static FunctionTrace convert(TimedFunction function, List<TimedInvocation> kept, TimeWindow window) {
        int[] counts = new int[window.minutes()];
        double[] milliseconds = new double[kept.size()];
        for (int i = 0; i < milliseconds.length; i++) {
            counts[(int) Math.floor(kept.get(i).start() / 60) - window.startMinute()]++;
            milliseconds[i] = kept.get(i).duration() * 1000;
        }
        Arrays.sort(milliseconds);
        double mean = Arrays.stream(milliseconds).average().orElseThrow();
        double least = milliseconds[0];
        double most = milliseconds[milliseconds.length - 1];
        DurationStatistics durations = new DurationStatistics(
                mean,
                milliseconds.length,
                least,
                most,
                least,
                percentile(milliseconds, 1),
                percentile(milliseconds, 25),
                percentile(milliseconds, 50),
                percentile(milliseconds, 75),
                percentile(milliseconds, 99),
                most);
        double[] memory = new double[MemoryStatistics.COLUMNS.size()];
        Arrays.fill(memory, MEMORY_MIB);
        memory[0] = milliseconds.length;
        return new FunctionTrace(
                "0",
                function.application(),
                function.function(),
                "http",
                counts,
                durations,
                MemoryStatistics.of(memory));
    }

    /** Of ascending values, by linear interpolation between the closest ranks: NumPy's default. */
    static double percentile(double[] ascending, double percent) {
        double rank = percent / 100 * (ascending.length - 1);
        int below = (int) rank;
        if (below == ascending.length - 1) {
            return ascending[below];
        }
        return ascending[below] + (rank - below) * (ascending[below + 1] - ascending[below]);
    }
}
