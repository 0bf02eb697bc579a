package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A part that is still to be stored: a file, or the memory of a stopped sandbox as {@code /proc/PID/fd/N}. It must not
 * change while it is read.
 *
 * @param digest in the part's {@link PartForm}, where it is known already; it is checked when the bytes are read
 */
public record PartSource(PartKind kind, Path file, Optional<Digest> digest) {
    public PartSource {
        requireNonNull(kind, "kind is null");
        requireNonNull(file, "file is null");
        requireNonNull(digest, "digest is null");
    }
}
