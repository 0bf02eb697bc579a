package dev.thaw.kubernetes.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The status of a {@link NodeSnapshotCache}; the custom resource's schema is generated from it.
 *
 * <p>Sizes are in bytes. {@code used}, {@code capacity} and {@code freeMemory} repeat three of them for people's eyes.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeSnapshotCacheStatus(
        @JsonPropertyDescription("Bytes that the node cache may hold.") @Required @Min(0)
        Long capacityBytes,

        @JsonPropertyDescription("Bytes that the node cache holds.") @Required @Min(0)
        Long usedBytes,

        @JsonPropertyDescription("Bytes that the node cache can take before it evicts.") @Required @Min(0)
        Long freeBytes,

        @JsonPropertyDescription("When the node last wrote this, RFC 3339. A node that stops writing attracts no pods.")
        @Required
        @Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$")
        String heartbeat,

        @JsonPropertyDescription("Thaw's version on the node.") @Required @Size(max = 64)
        String version,

        @JsonPropertyDescription(
                "What a snapshot must fit to be thawed here: nodes with equal values can thaw each other's.")
        @Required
        @Size(max = 128)
        String hostClass,

        @JsonPropertyDescription("What instances leave to thaws, in thousandths of a core.")
        @Required
        @Min(10)
        @Max(100_000_000)
        Integer idleMilliCores,

        @JsonPropertyDescription("Memory for instances, in all.") @Required @Min(0)
        Long memoryBytes,

        @JsonPropertyDescription("Memory for instances that none has taken.") @Required @Min(0)
        Long freeMemoryBytes,

        @JsonPropertyDescription("Thaws and boots that run or wait.") @Required @Min(0) @Max(1_000_000)
        Integer runningThaws,

        @JsonPropertyDescription("Snapshots of which the cache holds anything.") @Required @Min(0) @Max(1_000_000)
        Integer snapshotCount,

        @JsonPropertyDescription("The most recently used snapshots.") @Size(max = EXACT_LIMIT) @Nullable
        List<SnapshotEntry> snapshots,

        @JsonPropertyDescription("All further snapshots, compactly.") @Nullable
        SnapshotDigest digest,

        @JsonPropertyDescription("usedBytes for people.") @Size(max = 16) @Nullable
        String used,

        @JsonPropertyDescription("capacityBytes for people.") @Size(max = 16) @Nullable
        String capacity,

        @JsonPropertyDescription("freeMemoryBytes for people.") @Size(max = 16) @Nullable
        String freeMemory) {

    /** Entries that are listed one by one; the rest goes into the digest. */
    public static final int EXACT_LIMIT = 512;
}
