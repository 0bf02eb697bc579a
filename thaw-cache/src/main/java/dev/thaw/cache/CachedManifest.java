package dev.thaw.cache;

import dev.thaw.store.Manifest;
import dev.thaw.store.object.Digest;
import java.time.Instant;
import java.util.List;

/** A snapshot that is wholly in the cache. Guarded as {@link CachedPart}'s counts are. */
final class CachedManifest {
    final Digest id;
    final Manifest manifest;
    final List<CachedPart> parts;
    int leases;
    boolean keep;
    Instant lastUsed;

    CachedManifest(Manifest manifest, List<CachedPart> parts, boolean keep, Instant lastUsed) {
        this.id = manifest.id();
        this.manifest = manifest;
        this.parts = List.copyOf(parts);
        this.keep = keep;
        this.lastUsed = lastUsed;
    }

    CachedSnapshot describe() {
        long allocated = parts.stream().mapToLong(part -> part.allocatedBytes).sum();
        return new CachedSnapshot(manifest, allocated, leases, keep, lastUsed);
    }
}
