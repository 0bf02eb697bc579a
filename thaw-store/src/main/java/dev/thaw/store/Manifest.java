package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.time.Instant;
import java.util.List;

/**
 * The document that names a snapshot's parts and the host that it fits. Immutable once published; {@link ManifestCodec}
 * gives its bytes. It holds no command and no environment: those may be secret, and {@code identity} covers them.
 *
 * @param identity {@link SnapshotIdentity#id} of what was frozen
 * @param image digest of the image, for those who read listings
 * @param revision the revision whose instance was frozen
 */
public record Manifest(
        Digest identity,
        Digest image,
        String trustDomain,
        HostFit fit,
        String revision,
        Instant frozenAt,
        Part memory,
        Part state,
        Part rootfs) {
    public Manifest {
        requireNonNull(identity, "identity is null");
        requireNonNull(image, "image is null");
        requireNonNull(trustDomain, "trustDomain is null");
        requireNonNull(fit, "fit is null");
        requireNonNull(revision, "revision is null");
        requireNonNull(frozenAt, "frozenAt is null");
        requirePart(memory, PartKind.MEMORY, trustDomain);
        requirePart(state, PartKind.STATE, trustDomain);
        requirePart(rootfs, PartKind.ROOTFS, trustDomain);
    }

    /** The manifest of a draft whose parts have been stored. */
    public static Manifest of(SnapshotDraft draft, Part memory, Part state, Part rootfs) {
        return new Manifest(
                draft.identity().id(),
                draft.identity().image(),
                draft.identity().trustDomain(),
                draft.fit(),
                draft.revision(),
                draft.frozenAt(),
                memory,
                state,
                rootfs);
    }

    /** The snapshot's name: the digest of the encoded manifest. */
    public Digest id() {
        return Digest.of(ManifestCodec.encode(this));
    }

    /** A revision's function is its name without the number. */
    public String function() {
        int dash = revision.lastIndexOf('-');
        return dash > 0 ? revision.substring(0, dash) : revision;
    }

    public List<Part> parts() {
        return List.of(rootfs, memory, state);
    }

    /** What a sandbox sees: memory and root file system in full size, and the state. */
    public long logicalBytes() {
        return parts().stream().mapToLong(Part::sizeBytes).sum();
    }

    /** Without the memory's blocks of zeros. */
    public long denseBytes() {
        return parts().stream().mapToLong(Part::denseBytes).sum();
    }

    private static void requirePart(Part part, PartKind kind, String trustDomain) {
        if (part.kind() != kind) {
            throw new IllegalArgumentException("A " + part.kind().label() + " was given as " + kind.label() + ".");
        }
        if (!part.trustDomain().equals(trustDomain)) {
            throw new IllegalArgumentException(
                    "A part of the trust domain '" + part.trustDomain() + "' was given to '" + trustDomain + "'.");
        }
    }
}
