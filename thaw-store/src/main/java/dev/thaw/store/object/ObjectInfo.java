package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * What a store says about an object.
 *
 * @param version opaque: equal as long as the object's content has not been replaced by another
 * @param modified when it was written, by the store's clock
 */
public record ObjectInfo(String key, long sizeBytes, String version, Instant modified) {
    public ObjectInfo {
        requireNonNull(key, "key is null");
        requireNonNull(version, "version is null");
        requireNonNull(modified, "modified is null");
    }
}
