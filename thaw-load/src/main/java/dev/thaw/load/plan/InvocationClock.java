package dev.thaw.load.plan;

import static java.util.Objects.requireNonNull;

/** Walks a function's invocations and knows for each the unit of time that it belongs to. */
public final class InvocationClock {
    private final int[] counts;
    private final String prefix;
    private final int warmupUnits;
    private int unit;
    private int sinceUnit;

    public InvocationClock(FunctionPlan function, Plan plan) {
        counts = requireNonNull(function, "function is null").unitCounts();
        prefix = plan.granularity().prefix();
        warmupUnits = plan.warmupUnits();
        skipEmpty();
    }

    /** Of the current invocation, as in {@code min3.inv0}: the unit, and the place within it, both from 0. */
    public String id() {
        return prefix + unit + ".inv" + sinceUnit;
    }

    /** The unit of the current invocation, from 0. */
    public int unit() {
        return unit;
    }

    /** The place of the current invocation within its unit, from 0. */
    public int sinceUnit() {
        return sinceUnit;
    }

    /** Of the current invocation. In-Vitro counts the warm-up in units of the trace, so in seconds where a column is a second. */
    public Phase phase() {
        return unit < warmupUnits ? Phase.WARMUP : Phase.EXECUTION;
    }

    /** Moves to the next invocation. */
    public void advance() {
        sinceUnit++;
        skipEmpty();
    }

    private void skipEmpty() {
        while (unit < counts.length && sinceUnit >= counts[unit]) {
            unit++;
            sinceUnit = 0;
        }
    }
}
