package dev.thaw.cli.bench;

import java.util.Map;

/**
 * One cold start.
 *
 * @param firstResponseMillis from sending the request to the first byte of the answer, as the client sees it
 * @param initializationMillis from the invocation's registration until the function had the request
 * @param phasesMillis as the daemon accounts for them; empty for the floor
 * @param fetchedBytes what came from outside the worker before the response
 */
public record Measured(
        double firstResponseMillis, double initializationMillis, Map<String, Double> phasesMillis, long fetchedBytes) {
    public Measured {
        phasesMillis = Map.copyOf(phasesMillis);
    }

    /** How much of the client's time the phases explain, from 0 to 1 and a little more. */
    double accounted() {
        return phasesMillis.values().stream().mapToDouble(Double::doubleValue).sum() / firstResponseMillis;
    }
}
