package dev.thaw.cli.bench;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

/**
 * One cold start.
 *
 * @param beginNanos when the request was sent, of {@link System#nanoTime}; the floor: when it began
 * @param firstResponseMillis from sending the request to the first byte of the answer, as the client sees it
 * @param initializationMillis from the invocation's registration until the function had the request
 * @param phasesMillis as the daemon accounts for them; empty for the floor
 * @param fetchedBytes what came from outside the worker before the response
 * @param behind what came behind the guest; empty where everything was there before
 * @param origin what passed between the worker and the store; empty where nobody stands between them who counts
 */
public record Measured(
        long beginNanos,
        double firstResponseMillis,
        double initializationMillis,
        Map<String, Double> phasesMillis,
        long fetchedBytes,
        Optional<Behind> behind,
        Optional<Origin> origin) {
    /**
     * What a start asked of the store.
     *
     * @param roundTrips up to the response: the longest chain of requests of which each began after the one before it had ended
     * @param totalBytes up to the instance's end
     */
    public record Origin(int roundTrips, long totalBytes) {}

    public Measured {
        phasesMillis = Map.copyOf(phasesMillis);
        requireNonNull(behind, "behind is null");
        requireNonNull(origin, "origin is null");
    }

    /** The same start with what was counted at the store. */
    Measured with(Origin counted) {
        return new Measured(
                beginNanos,
                firstResponseMillis,
                initializationMillis,
                phasesMillis,
                fetchedBytes,
                behind,
                Optional.of(counted));
    }

    /** The same start with what came behind it. */
    Measured with(Behind came) {
        return new Measured(
                beginNanos,
                firstResponseMillis,
                initializationMillis,
                phasesMillis,
                fetchedBytes,
                Optional.of(came),
                origin);
    }

    /** How much of the client's time the phases explain, from 0 to 1 and a little more. */
    double accounted() {
        return phasesMillis.values().stream().mapToDouble(Double::doubleValue).sum() / firstResponseMillis;
    }
}
