package dev.thaw.kubernetes.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** What a node holds of one snapshot. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SnapshotEntry(
        @JsonPropertyDescription("The snapshot's identity, as derived from a pod.")
        @Required
        @Size(min = 1, max = 512)
        @Pattern("^[!-~]+$")
        String id,

        @JsonPropertyDescription("Bytes of its working set that are here.") @Required @Min(0)
        Long workingSetPresentBytes,

        @JsonPropertyDescription("Bytes of its working set in all.") @Required @Min(0)
        Long workingSetBytes,

        @JsonPropertyDescription("Bytes of the snapshot that are here.") @Required @Min(0)
        Long presentBytes) {}
