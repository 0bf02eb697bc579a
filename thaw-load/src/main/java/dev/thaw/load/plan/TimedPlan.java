package dev.thaw.load.plan;

import dev.thaw.load.trace.Azure2021;
import dev.thaw.load.trace.TimedFunction;
import dev.thaw.load.trace.TimedFunction.TimedInvocation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * A plan from an Azure 2021 trace, which says itself when each invocation starts. As In-Vitro, an invocation that ends after the
 * experiment is dropped, a run time is rounded to whole milliseconds and at least one, and a function without any left is left out. An
 * invocation that started before the trace began is dropped too, where In-Vitro stops.
 */
record TimedPlan(long seed, List<FunctionPlan> plans, int warmupUnits) implements Plan {
    TimedPlan {
        plans = List.copyOf(plans);
    }

    static TimedPlan of(long seed, List<TimedFunction> functions, int minutes, int warmupMinutes) {
        List<FunctionPlan> plans = new ArrayList<>();
        for (TimedFunction function : functions) {
            List<TimedInvocation> kept = function.invocations().stream()
                    .filter(invocation ->
                            invocation.start() >= 0 && invocation.start() + invocation.duration() <= minutes * 60.0)
                    .toList();
            if (!kept.isEmpty()) {
                plans.add(plan(FunctionNames.of(plans.size(), function.function()), kept, minutes));
            }
        }
        return new TimedPlan(seed, plans, warmupMinutes);
    }

    private static FunctionPlan plan(String name, List<TimedInvocation> invocations, int minutes) {
        double[] gaps = new double[invocations.size()];
        int[] counts = new int[minutes];
        int[] runtimes = new int[gaps.length];
        int[] memory = new int[gaps.length];
        Arrays.fill(memory, Azure2021.MEMORY_MIB);
        double previous = 0;
        for (int i = 0; i < gaps.length; i++) {
            TimedInvocation invocation = invocations.get(i);
            double at = invocation.start() * 1_000_000;
            gaps[i] = at - previous;
            previous = at;
            counts[Math.min((int) (invocation.start() / 60), minutes - 1)]++;
            runtimes[i] = (int) Math.max(1, Math.round(invocation.duration() * 1000));
        }
        return new FunctionPlan(name, Azure2021.MEMORY_MIB, gaps, counts, runtimes, memory);
    }

    @Override
    public int functions() {
        return plans.size();
    }

    @Override
    public Granularity granularity() {
        return Granularity.MINUTE;
    }

    @Override
    public Iterator<FunctionPlan> iterator() {
        return plans.iterator();
    }
}
