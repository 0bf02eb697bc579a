package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** A freeze's result before it is published: what was frozen, where it fits, and where its bytes lie on this node. */
public record SnapshotDraft(
        SnapshotIdentity identity,
        HostFit fit,
        String revision,
        Instant frozenAt,
        PartSource memory,
        PartSource state,
        PartSource rootfs) {
    public SnapshotDraft {
        requireNonNull(identity, "identity is null");
        requireNonNull(fit, "fit is null");
        requireNonNull(revision, "revision is null");
        requireNonNull(frozenAt, "frozenAt is null");
        requireKind(memory, PartKind.MEMORY);
        requireKind(state, PartKind.STATE);
        requireKind(rootfs, PartKind.ROOTFS);
    }

    /**
     * The draft of a fresh freeze.
     *
     * @param memory a file or {@code /proc/PID/fd/N} of exactly the guest's memory size
     * @param rootfs the EROFS file; {@code rootfsDigest} is the SHA-256 of its bytes
     */
    public static SnapshotDraft of(
            SnapshotIdentity identity,
            HostFit fit,
            String revision,
            Instant frozenAt,
            Path memory,
            Path state,
            Path rootfs,
            Digest rootfsDigest) {
        return new SnapshotDraft(
                identity,
                fit,
                revision,
                frozenAt,
                PartSource.of(PartKind.MEMORY, identity.trustDomain(), memory),
                PartSource.of(PartKind.STATE, identity.trustDomain(), state),
                PartSource.of(PartKind.ROOTFS, identity.trustDomain(), rootfs, rootfsDigest));
    }

    public List<PartSource> sources() {
        return List.of(rootfs, memory, state);
    }

    private static void requireKind(PartSource source, PartKind kind) {
        if (source.kind() != kind) {
            throw new IllegalArgumentException("A " + source.kind().label() + " was given as " + kind.label() + ".");
        }
    }
}
