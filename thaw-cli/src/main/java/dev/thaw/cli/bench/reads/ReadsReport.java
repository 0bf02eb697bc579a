package dev.thaw.cli.bench.reads;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import java.util.List;

/**
 * What `bench reads --json` prints.
 *
 * @param imageBytes of the root file system
 * @param files of its tree that are read
 * @param fileBytes of these
 * @param warmUps rounds before those that count
 * @param sequentialRatio bytes a second through Thaw's mount divided by those through casync's, by the medians of rounds
 * @param sequential4kRatio the same in reads of 4 KiB
 * @param randomRatio the same of random reads
 */
public record ReadsReport(
        Report.Host host,
        String function,
        @JsonProperty("image_bytes") long imageBytes,
        int files,
        @JsonProperty("file_bytes") long fileBytes,
        @JsonProperty("warm_up_rounds") int warmUps,
        @JsonProperty("random_reads") int randomReads,
        @JsonProperty("sequential_ratio") double sequentialRatio,
        @JsonProperty("sequential_4k_ratio") double sequential4kRatio,
        @JsonProperty("random_ratio") double randomRatio,
        List<Program> programs) {
    public ReadsReport {
        programs = List.copyOf(programs);
    }

    /**
     * One way to the tree.
     *
     * @param sequentialBytesPerSecond in reads of 128 KiB, a value a round
     * @param sequential4kBytesPerSecond in reads of 4 KiB
     * @param randomReadsPerSecond of 4 KiB, a value a round
     * @param randomMicros medians of single random reads, a value a round
     * @param randomP99Micros 99th percentiles likewise
     */
    public record Program(
            String name,
            @JsonProperty("sequential_bytes_per_second") Distribution sequentialBytesPerSecond,
            @JsonProperty("sequential_4k_bytes_per_second") Distribution sequential4kBytesPerSecond,
            @JsonProperty("random_reads_per_second") Distribution randomReadsPerSecond,
            @JsonProperty("random_us") Distribution randomMicros,
            @JsonProperty("random_p99_us") Distribution randomP99Micros) {}
}
