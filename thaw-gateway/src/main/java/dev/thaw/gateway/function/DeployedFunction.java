package dev.thaw.gateway.function;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.Revision;
import java.time.Instant;

/**
 * A function with its current revision.
 *
 * @param generation counts its revisions, from 1
 * @param deployedAt when the current revision came
 */
public record DeployedFunction(
        FunctionSpec spec,
        int generation,
        Instant createdAt,
        Instant deployedAt,
        ResolvedImage image,
        Revision revision) {
    public DeployedFunction {
        requireNonNull(spec, "spec is null");
        requireNonNull(createdAt, "createdAt is null");
        requireNonNull(deployedAt, "deployedAt is null");
        requireNonNull(image, "image is null");
        requireNonNull(revision, "revision is null");
    }

    public String name() {
        return spec.name();
    }

    static DeployedFunction of(
            FunctionSpec spec, int generation, Instant createdAt, Instant deployedAt, ResolvedImage image) {
        return new DeployedFunction(
                spec, generation, createdAt, deployedAt, image, RevisionBuilder.build(spec, generation, image));
    }
}
