package dev.thaw.cache;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.Manifest;
import java.time.Instant;

/**
 * One line of the cache's listing.
 *
 * @param allocatedBytes on disk; a part that several snapshots share is counted with each
 * @param leases how many hold it now
 * @param keep pinned by hand with {@link NodeCache#keep}
 */
public record CachedSnapshot(Manifest manifest, long allocatedBytes, int leases, boolean keep, Instant lastUsed) {
    public CachedSnapshot {
        requireNonNull(manifest, "manifest is null");
        requireNonNull(lastUsed, "lastUsed is null");
    }
}
