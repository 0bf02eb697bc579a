package dev.thaw.load.sample;

import dev.thaw.load.trace.FunctionTrace;
import java.util.List;

/**
 * A sample that was chosen.
 *
 * @param functions in the source's order
 * @param distance from the original
 * @param randomMean mean distance of the plain random draws that it was chosen among
 */
public record Sample(List<FunctionTrace> functions, SampleDistance distance, double randomMean) {
    public Sample {
        functions = List.copyOf(functions);
    }

    public int size() {
        return functions.size();
    }
}
