package dev.thaw.load.plan;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.trace.FunctionTrace;
import java.util.Iterator;
import java.util.List;

/** A plan drawn from an Azure 2019 trace. */
record TracePlan(
        long seed, List<FunctionTrace> trace, IatDistribution distribution, Granularity granularity, int warmupUnits)
        implements Plan {

    TracePlan {
        trace = List.copyOf(trace);
        requireNonNull(distribution, "distribution is null");
        requireNonNull(granularity, "granularity is null");
        trace.forEach(ArrivalGenerator::check);
    }

    @Override
    public int functions() {
        return trace.size();
    }

    @Override
    public Iterator<FunctionPlan> iterator() {
        ArrivalGenerator generator = new ArrivalGenerator(seed, distribution, granularity);
        Iterator<FunctionTrace> functions = trace.iterator();
        return new Iterator<>() {
            private int index;

            @Override
            public boolean hasNext() {
                return functions.hasNext();
            }

            @Override
            public FunctionPlan next() {
                FunctionTrace function = functions.next();
                return generator.generate(FunctionNames.of(index++, function.function()), function);
            }
        };
    }
}
