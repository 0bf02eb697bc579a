package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.FileErrors;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A part that is still to be stored: a file, or the memory of a stopped sandbox as {@code /proc/PID/fd/N}. It must not
 * change while it is read.
 *
 * @param digest in the part's {@link PartForm}, where it is known already; it is checked when the bytes are read
 * @param denseBytes in that form, where they are known
 */
public record PartSource(
        PartKind kind, String trustDomain, Path file, Optional<Digest> digest, OptionalLong denseBytes) {
    public PartSource {
        requireNonNull(kind, "kind is null");
        requireNonNull(trustDomain, "trustDomain is null");
        requireNonNull(file, "file is null");
        requireNonNull(digest, "digest is null");
        requireNonNull(denseBytes, "denseBytes is null");
    }

    /** A file of which nothing is known yet. */
    public static PartSource of(PartKind kind, String trustDomain, Path file) {
        return new PartSource(kind, trustDomain, file, Optional.empty(), OptionalLong.empty());
    }

    /** A file whose digest is known. */
    public static PartSource of(PartKind kind, String trustDomain, Path file, Digest digest) {
        return new PartSource(kind, trustDomain, file, Optional.of(digest), OptionalLong.empty());
    }

    /** A file that holds a part which has been stored elsewhere already. */
    public static PartSource of(Part part, Path file) {
        return new PartSource(
                part.kind(), part.trustDomain(), file, Optional.of(part.digest()), OptionalLong.of(part.denseBytes()));
    }

    /** @throws StoreException CORRUPT when {@code found}, read from this file, is not what is known of it */
    public void require(Part found) throws StoreException {
        if (digest.isPresent() && !digest.get().equals(found.digest())) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    "The " + kind.label() + " in " + file + " should be " + digest.get() + " and is " + found.digest()
                            + ".");
        }
    }

    /**
     * What it is. Where that is not known yet it takes a pass over the bytes.
     *
     * @throws StoreException INVALID when the file cannot be read; CORRUPT when it is not what is known of it
     */
    Part describe(Cancellation cancellation) throws StoreException {
        try {
            if (digest.isPresent() && denseBytes.isPresent()) {
                return new Part(kind, trustDomain, digest.get(), Files.size(file), denseBytes.getAsLong());
            }
            Part part = PartFile.describe(kind, trustDomain, file, cancellation);
            require(part);
            return part;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.INVALID,
                    "The " + kind.label() + " to be published cannot be read: " + FileErrors.text(e) + ".",
                    e);
        }
    }
}
