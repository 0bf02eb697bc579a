package dev.thaw.cli.bench.burst;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import dev.thaw.cli.bench.origin.OriginProxyProcess;
import dev.thaw.cli.bench.origin.ProfileCheck;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What `bench burst --json` prints.
 *
 * @param different whether each start is of a snapshot of its own, or all are of one
 * @param meanRatio the mean time to the first response with starts in line, by the median of rounds, divided by that of all at once
 * @param lastRatio the same of the last response
 */
public record BurstReport(
        Report.Host host,
        @JsonProperty("store_profile") String storeProfile,
        @JsonProperty("store_profile_check") @Nullable ProfileCheck storeProfileCheck,
        String function,
        @JsonProperty("memory_bytes") long memoryBytes,
        int starts,
        boolean different,
        @JsonProperty("mean_ratio") double meanRatio,
        @JsonProperty("last_ratio") double lastRatio,
        List<Variant> variants) {
    public BurstReport {
        variants = List.copyOf(variants);
    }

    /**
     * One way to let the starts begin.
     *
     * @param parallelStarts at once on the worker
     * @param outageMillis for how long the store was away, from when half of the bytes had passed; 0 where it stayed
     * @param failures invocations without a good answer, in all rounds
     * @param kinds how the instances of all rounds were started: thaw-remote, thaw-local, boot
     * @param meanMillis of the time to the first response, one value a round; null when a round had no good answer
     * @param lastMillis the time to the last of the first responses, one value a round; null likewise
     * @param phasesMillis means over all starts
     */
    public record Variant(
            String name,
            @JsonProperty("parallel_starts") int parallelStarts,
            @JsonProperty("outage_ms") long outageMillis,
            int failures,
            Map<String, Integer> kinds,
            @JsonProperty("mean_ms") @Nullable Distribution meanMillis,
            @JsonProperty("last_ms") @Nullable Distribution lastMillis,
            @JsonProperty("first_response_ms") @Nullable Distribution firstResponseMillis,
            @JsonProperty("phases_ms") Map<String, Double> phasesMillis,
            List<Round> rounds) {}

    /**
     * One burst.
     *
     * @param firstResponseMillis in the order of the answers
     * @param upToLast what the store was asked for up to the last first response
     * @param upToEnd and up to the end of the instances
     * @param outage whether the store was away within the burst
     */
    public record Round(
            @JsonProperty("first_response_ms") List<Double> firstResponseMillis,
            @JsonProperty("up_to_last") OriginProxyProcess.Counts upToLast,
            @JsonProperty("up_to_end") OriginProxyProcess.Counts upToEnd,
            boolean outage) {}
}
