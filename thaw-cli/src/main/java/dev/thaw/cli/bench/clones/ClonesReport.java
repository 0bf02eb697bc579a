package dev.thaw.cli.bench.clones;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import java.util.List;

/** What `bench clones --json` prints. */
public record ClonesReport(
        Report.Host host,
        String function,
        @JsonProperty("memory_bytes") long memoryBytes,
        int clones,
        @JsonProperty("idle_seconds") long idleSeconds,
        List<Kind> kinds) {
    public ClonesReport {
        kinds = List.copyOf(kinds);
    }

    /**
     * Clones of one kind, each after its first answer; a value a clone.
     *
     * @param name {@code local}: guest memory is a plain file of the worker's; {@code lazy}: a file whose bytes arrive as they are read
     * @param vmmBytes private dirty pages of the VMM, guest memory apart
     * @param privateBytes of guest memory: pages that the clone has for itself
     * @param changedBytes of these, pages that differ from the snapshot: what it has certainly written
     * @param unchangedBytes the others
     * @param mappedBytes pages of the snapshot's file that the clone has mapped, in the page cache once for all
     * @param idlePercent of one core
     */
    public record Kind(
            String name,
            @JsonProperty("vmm_bytes") Distribution vmmBytes,
            @JsonProperty("private_bytes") Distribution privateBytes,
            @JsonProperty("changed_bytes") Distribution changedBytes,
            @JsonProperty("unchanged_bytes") Distribution unchangedBytes,
            @JsonProperty("mapped_bytes") Distribution mappedBytes,
            @JsonProperty("idle_percent") Distribution idlePercent) {}
}
