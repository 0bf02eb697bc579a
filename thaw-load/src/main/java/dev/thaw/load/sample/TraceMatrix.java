package dev.thaw.load.sample;

import dev.thaw.load.trace.FunctionTrace;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A trace by minutes: for each minute the functions with invocations and their values, ascending by value, once as counts and once as
 * load. Load is invocations × mean duration × mean memory over a norm that brings it to the size of counts. A function without
 * invocations in a minute costs nothing, so a day of 20,000 functions fits.
 */
final class TraceMatrix {
    private final int functions;
    private final Column[] counts;
    private final Column[] loads;
    private final double[] totalLoads;

    /** The functions with a value above 0, and these values, ascending. */
    record Column(int[] functions, double[] values) {
        private static Column of(int[] functions, double[] values) {
            Integer[] order = new Integer[functions.length];
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, (left, right) -> Double.compare(values[left], values[right]));
            int[] sortedFunctions = new int[functions.length];
            double[] sortedValues = new double[functions.length];
            for (int i = 0; i < order.length; i++) {
                sortedFunctions[i] = functions[order[i]];
                sortedValues[i] = values[order[i]];
            }
            return new Column(sortedFunctions, sortedValues);
        }

        /** Writes the values of the chosen functions, ascending; returns how many there are. */
        int select(boolean[] chosen, double[] into) {
            int count = 0;
            for (int i = 0; i < functions.length; i++) {
                if (chosen[functions[i]]) {
                    into[count++] = values[i];
                }
            }
            return count;
        }
    }

    TraceMatrix(List<FunctionTrace> trace, double loadNorm) {
        functions = trace.size();
        int minutes = trace.getFirst().invocations().length;
        counts = new Column[minutes];
        loads = new Column[minutes];
        totalLoads = new double[functions];
        double[] weights = new double[functions];
        for (int i = 0; i < functions; i++) {
            FunctionTrace function = trace.get(i);
            weights[i] = function.durations().average() * function.memory().average() / loadNorm;
            totalLoads[i] = weights[i] * function.totalInvocations();
        }
        for (int minute = 0; minute < minutes; minute++) {
            int at = minute;
            int[] present = IntStream.range(0, functions)
                    .filter(i -> trace.get(i).invocations()[at] > 0)
                    .toArray();
            double[] count = Arrays.stream(present)
                    .mapToDouble(i -> trace.get(i).invocations()[at])
                    .toArray();
            double[] load = new double[present.length];
            Arrays.setAll(load, i -> count[i] * weights[present[i]]);
            counts[minute] = Column.of(present, count);
            loads[minute] = Column.of(present, load);
        }
    }

    int functions() {
        return functions;
    }

    int minutes() {
        return counts.length;
    }

    /** Of each function over the whole trace. */
    double[] totalLoads() {
        return totalLoads;
    }

    /** The distances of a sample of this trace from another trace, minute by minute. */
    SampleDistance distance(boolean[] sample, int sampleSize, TraceMatrix original) {
        double[] byCount = new double[minutes()];
        double[] byLoad = new double[minutes()];
        double[] selected = new double[sampleSize];
        for (int minute = 0; minute < minutes(); minute++) {
            byCount[minute] = distance(counts[minute], original.counts[minute], original.functions, sample, selected);
            byLoad[minute] = distance(loads[minute], original.loads[minute], original.functions, sample, selected);
        }
        return SampleDistance.of(byCount, byLoad);
    }

    private static double distance(Column from, Column to, int toSize, boolean[] sample, double[] selected) {
        int count = from.select(sample, selected);
        return Wasserstein.distance(selected, count, selected.length, to.values, to.values.length, toSize);
    }
}
