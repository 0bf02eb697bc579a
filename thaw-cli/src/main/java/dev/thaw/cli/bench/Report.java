package dev.thaw.cli.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.thaw.cli.bench.origin.ProfileCheck;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What `bench coldstart --json` prints. The names are a contract with scripts.
 *
 * @param storeProfileCheck what the proxy in front of the store really did; null where there is none
 * @param warmUpRounds starts of each configuration that went before and are not in it
 */
public record Report(
        Host host,
        @JsonProperty("store_profile") String storeProfile,
        @JsonProperty("store_profile_check") @Nullable ProfileCheck storeProfileCheck,
        @JsonProperty("warm_up_rounds") int warmUpRounds,
        List<FunctionReport> functions) {

    /** The machine that the figures are from. */
    public record Host(
            String cpu,
            int cores,
            @JsonProperty("memory_bytes") long memoryBytes,
            String kernel,
            String java,
            String sandbox,
            @JsonProperty("sandbox_version") String sandboxVersion,
            String accelerator) {}

    /** One function under all configurations. */
    public record FunctionReport(
            String name,
            String image,
            @JsonProperty("memory_bytes") long memoryBytes,
            @JsonProperty("logical_bytes") long logicalBytes,
            @JsonProperty("stored_bytes") long storedBytes,
            List<ConfigurationReport> configurations) {}

    /**
     * One configuration of one function.
     *
     * @param failures starts that failed, or were of another kind than was to be measured
     * @param begunMillis when each start that was measured began, on the system's monotonic clock: for who looks at other measurements of the same run
     * @param firstResponseMillis null when all failed
     * @param initializationMillis null when all failed
     * @param phasesMillis means
     * @param accountedRatio the least of all starts; 0 where there are no phases
     * @param touchedBeforeResponseBytes pages of 4 KiB that a start touches up to its response, the median; null where that was not recorded
     * @param prefetchedBytes pages that were brought because a start is known to touch them, the median; null where all was there before
     * @param missedBytes pages that a start touched and that were not among them, the median; null likewise
     * @param fetchedTotalBytes the mean, up to the instance's end; null where nothing was fetched through a proxy
     * @param roundTrips one after another up to the response, the median; null likewise
     * @param starts each of them, in their order
     */
    public record ConfigurationReport(
            String name,
            int iterations,
            int failures,
            @JsonProperty("begun_ms") List<Double> begunMillis,
            @JsonProperty("first_response_ms") @Nullable Distribution firstResponseMillis,
            @JsonProperty("initialization_ms") @Nullable Distribution initializationMillis,
            @JsonProperty("phases_ms") Map<String, Double> phasesMillis,
            @JsonProperty("accounted_ratio") double accountedRatio,
            @JsonProperty("fetched_before_response_bytes") long fetchedBeforeResponseBytes,

            @JsonProperty("touched_before_response_bytes") @Nullable
            Long touchedBeforeResponseBytes,

            @JsonProperty("prefetched_bytes") @Nullable Long prefetchedBytes,
            @JsonProperty("missed_bytes") @Nullable Long missedBytes,
            @JsonProperty("fetched_total_bytes") @Nullable Long fetchedTotalBytes,
            @JsonProperty("round_trips") @Nullable Integer roundTrips,
            List<StartReport> starts) {}

    /**
     * One start, so that a slow one can be told from what it waited for.
     *
     * @param phasesMillis as the daemon accounts for them
     * @param missedBytes as of the configuration
     * @param roundTrips as of the configuration: an upper bound of those that depend on one another, as a request that was merely sent late counts, too
     */
    public record StartReport(
            @JsonProperty("first_response_ms") double firstResponseMillis,
            @JsonProperty("phases_ms") Map<String, Double> phasesMillis,
            @JsonProperty("fetched_before_response_bytes") long fetchedBeforeResponseBytes,
            @JsonProperty("missed_bytes") @Nullable Long missedBytes,
            @JsonProperty("round_trips") @Nullable Integer roundTrips) {}
}
