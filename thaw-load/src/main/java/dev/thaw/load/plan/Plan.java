package dev.thaw.load.plan;

/**
 * The functions of an experiment with their invocations, in the trace's order. Iterating draws them anew from the seed, one function at
 * a time, so that a plan of any length needs the memory of one function. Each iteration gives the same.
 */
public interface Plan extends Iterable<FunctionPlan> {
    long seed();

    /** How many functions an iteration gives. */
    int functions();

    Granularity granularity();

    /** Units of time at the beginning that only warm the system up. */
    int warmupUnits();
}
