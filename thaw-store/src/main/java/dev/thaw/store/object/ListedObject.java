package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/** One line of a store's listing. */
public record ListedObject(String key, long sizeBytes, Instant modified) {
    public ListedObject {
        requireNonNull(key, "key is null");
        requireNonNull(modified, "modified is null");
    }
}
