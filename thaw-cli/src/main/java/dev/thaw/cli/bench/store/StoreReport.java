package dev.thaw.cli.bench.store;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.thaw.cli.bench.Report;
import dev.thaw.store.StoreUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What `bench store --json` prints. */
public record StoreReport(
        Report.Host host,
        List<Function> functions,
        @JsonProperty("one_domain") Domains oneDomain,
        @JsonProperty("domain_each") Domains domainEach) {
    public StoreReport {
        functions = List.copyOf(functions);
    }

    /**
     * One function in the store that holds all of them in one domain.
     *
     * @param redeployOf the function whose source file was changed; null where it is none
     * @param addedBytes what the store grew by when it was published
     * @param addedToLogical the same as a part of its logical bytes
     */
    public record Function(
            String name,
            @JsonProperty("redeploy_of") @Nullable String redeployOf,
            @JsonProperty("logical_bytes") long logicalBytes,
            @JsonProperty("added_bytes") long addedBytes,
            @JsonProperty("added_to_logical") double addedToLogical) {}

    /**
     * All functions in one store.
     *
     * @param logicalBytes of memories, device states and root file systems
     * @param zeroBytes of these in blocks that are zero
     * @param deduplicatedBytes of these in further copies of blocks
     * @param compressedBytes what compression saves, less what the store needs for itself
     * @param storedBytes of all objects of the store, public ones too
     */
    public record Domains(
            int domains,
            @JsonProperty("logical_bytes") long logicalBytes,
            @JsonProperty("zero_bytes") long zeroBytes,
            @JsonProperty("deduplicated_bytes") long deduplicatedBytes,
            @JsonProperty("compressed_bytes") long compressedBytes,
            @JsonProperty("stored_bytes") long storedBytes,
            @JsonProperty("stored_to_logical") double storedToLogical) {
        static Domains of(int domains, StoreUsage usage) {
            StoreUsage.Share total = usage.total();
            return new Domains(
                    domains,
                    total.logicalBytes(),
                    total.zeroBytes(),
                    total.repeatedBytes(),
                    total.distinctBytes() - usage.storedBytes(),
                    usage.storedBytes(),
                    (double) usage.storedBytes() / total.logicalBytes());
        }
    }
}
