package dev.thaw.kubernetes.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** Many snapshots in eight bytes each; {@link DigestCodec} says how and how exactly. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SnapshotDigest(
        @JsonPropertyDescription("Snapshots in the digest.") @Required @Min(0) @Max(DigestCodec.LIMIT)
        Integer count,

        @JsonPropertyDescription(
                "Base64 of 8 bytes a snapshot: 6 of the SHA-256 of its identity, the working set's size as a"
                        + " power of 2 to the 1/8, the share of it that is here in 255ths.")
        @Required
        @Size(max = (DigestCodec.LIMIT * 8 + 2) / 3 * 4)
        @Pattern("^[A-Za-z0-9+/]*={0,2}$")
        String entries) {}
