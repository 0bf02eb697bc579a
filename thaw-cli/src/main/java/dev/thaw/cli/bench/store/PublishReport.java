package dev.thaw.cli.bench.store;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import java.util.List;

/**
 * What `bench publish --json` prints.
 *
 * @param functions how many were published
 * @param logicalBytes of memories, device states and root file systems
 * @param memoryBytes of memories alone
 * @param distinctBytes of blocks of 4 KiB that are not zero, each counted once
 * @param comparedToFasterOther how many times as fast as the faster of the other programs, by medians of the time from start to end
 * @param perCoreComparedToZstd how many of the distinct bytes a core takes in, compared to zstd -1 alone, by medians of processor time
 */
public record PublishReport(
        Report.Host host,
        int functions,
        @JsonProperty("logical_bytes") long logicalBytes,
        @JsonProperty("memory_bytes") long memoryBytes,
        @JsonProperty("non_zero_bytes") long nonZeroBytes,
        @JsonProperty("distinct_bytes") long distinctBytes,
        int rounds,
        List<Program> programs,
        @JsonProperty("compared_to_faster_other") double comparedToFasterOther,
        @JsonProperty("per_core_compared_to_zstd") double perCoreComparedToZstd) {
    public PublishReport {
        programs = List.copyOf(programs);
    }

    /**
     * One program.
     *
     * @param storedBytes of its store after a round, the median
     * @param bytesPerSecond logical bytes by the median of the time from start to end; of zstd, distinct bytes
     * @param distinctBytesPerCoreSecond by the median of processor time
     */
    public record Program(
            String name,
            @JsonProperty("wall_ms") Distribution wallMillis,
            @JsonProperty("cpu_ms") Distribution cpuMillis,
            @JsonProperty("stored_bytes") long storedBytes,
            @JsonProperty("bytes_per_second") double bytesPerSecond,
            @JsonProperty("distinct_bytes_per_core_second") double distinctBytesPerCoreSecond) {}
}
