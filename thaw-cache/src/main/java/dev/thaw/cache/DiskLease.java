package dev.thaw.cache;

import dev.thaw.store.Manifest;
import dev.thaw.store.PartKind;
import dev.thaw.store.PartSource;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** A lease of {@link DiskNodeCache}; it owns one pin on each part. */
final class DiskLease implements WholeLease {
    private final DiskNodeCache cache;
    private final CachedManifest snapshot;
    private final List<CachedPart> parts;
    private final long originBytes;
    private final AtomicBoolean closed = new AtomicBoolean();

    DiskLease(DiskNodeCache cache, CachedManifest snapshot, List<CachedPart> parts, long originBytes) {
        this.cache = cache;
        this.snapshot = snapshot;
        this.parts = parts;
        this.originBytes = originBytes;
    }

    @Override
    public Manifest manifest() {
        return snapshot.manifest;
    }

    @Override
    public Path memory() {
        return part(PartKind.MEMORY).file;
    }

    @Override
    public Path state() {
        return part(PartKind.STATE).file;
    }

    @Override
    public Path rootfs() {
        return part(PartKind.ROOTFS).file;
    }

    private CachedPart part(PartKind kind) {
        return parts.stream()
                .filter(part -> part.part.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public long bytesFromOrigin() {
        return originBytes;
    }

    @Override
    public SnapshotDraft draft(SnapshotIdentity identity) {
        Manifest manifest = snapshot.manifest;
        if (!identity.id().equals(manifest.identity())) {
            throw new IllegalArgumentException("The identity is that of another snapshot than " + snapshot.id + ".");
        }
        return new SnapshotDraft(
                identity,
                manifest.fit(),
                manifest.revision(),
                manifest.frozenAt(),
                PartSource.of(manifest.memory(), memory()),
                PartSource.of(manifest.state(), state()),
                PartSource.of(manifest.rootfs(), rootfs()));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            cache.release(snapshot, parts);
        }
    }
}
