package dev.thaw.store;

import static java.util.Objects.requireNonNull;

/**
 * One part of a published snapshot.
 *
 * @param digest of the part in its {@link PartForm}: the name of the stored object
 * @param sizeBytes of the file that a sandbox uses
 * @param storedBytes of the object in the store
 */
public record Part(PartKind kind, Digest digest, long sizeBytes, long storedBytes) {
    public Part {
        requireNonNull(kind, "kind is null");
        requireNonNull(digest, "digest is null");
        if (sizeBytes < 0 || storedBytes < 0) {
            throw new IllegalArgumentException("A part has a negative size: " + sizeBytes + ", stored " + storedBytes);
        }
    }

    @Override
    public String toString() {
        return kind.label() + " " + digest;
    }
}
