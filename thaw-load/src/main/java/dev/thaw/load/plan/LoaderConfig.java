package dev.thaw.load.plan;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;

/**
 * What a configuration in In-Vitro's format asks for.
 *
 * @param experimentDuration units of the trace to send after the warm-up
 * @param warmupDuration units of the trace to send before, as the warm-up
 * @param outputPathPrefix results go to this and {@code _duration_<units>.csv}
 * @param rpsTarget requests a second in RPS mode
 * @param rpsFunctionCount functions that the warm requests go to
 * @param withoutEffect keys that the configuration sets and that mean nothing here, for a warning
 */
public record LoaderConfig(
        long seed,
        Protocol protocol,
        String tracePath,
        Granularity granularity,
        IatDistribution distribution,
        int experimentDuration,
        int warmupDuration,
        String outputPathPrefix,
        Duration connectionTimeout,
        Duration functionTimeout,
        double rpsTarget,
        double rpsColdStartPercentage,
        int rpsCooldownSeconds,
        int rpsFunctionCount,
        int rpsRuntimeMillis,
        int rpsMemoryMib,
        List<String> withoutEffect) {

    /** As a trace path, chooses RPS mode. */
    public static final String RPS = "RPS";

    public LoaderConfig {
        requireNonNull(protocol, "protocol is null");
        requireNonNull(tracePath, "tracePath is null");
        requireNonNull(granularity, "granularity is null");
        requireNonNull(distribution, "distribution is null");
        requireNonNull(outputPathPrefix, "outputPathPrefix is null");
        requireNonNull(connectionTimeout, "connectionTimeout is null");
        requireNonNull(functionTimeout, "functionTimeout is null");
        withoutEffect = List.copyOf(withoutEffect);
    }

    public boolean isRps() {
        return tracePath.equals(RPS);
    }

    /** Warm-up and experiment. */
    public int totalUnits() {
        return experimentDuration + warmupDuration;
    }
}
