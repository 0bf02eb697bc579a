package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;

/**
 * One part of a snapshot, as it is, wherever it is.
 *
 * @param trustDomain that it belongs to; parts of two domains are never the same
 * @param digest of the part in its {@link PartForm}
 * @param sizeBytes of the file that a sandbox uses
 * @param denseBytes in its {@link PartForm}: of memory, what is left without its blocks of zeros
 */
public record Part(PartKind kind, String trustDomain, Digest digest, long sizeBytes, long denseBytes) {
    public Part {
        requireNonNull(kind, "kind is null");
        requireNonNull(trustDomain, "trustDomain is null");
        requireNonNull(digest, "digest is null");
        if (sizeBytes < 0 || denseBytes < 0) {
            throw new IllegalArgumentException("A part has a negative size: " + sizeBytes + ", dense " + denseBytes);
        }
    }

    @Override
    public String toString() {
        return kind.label() + " " + digest;
    }
}
