package dev.thaw.image;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.nio.file.Path;

/**
 * An image, flattened: one immutable EROFS file.
 *
 * @param imageDigest the manifest's digest; for an archive without one, the configuration's
 * @param erofs the file
 * @param sizeBytes the file's length
 * @param contentDigest the file's digest; the same image gives the same file on every machine
 * @param config how the image wants to be run
 */
public record RootFilesystem(Digest imageDigest, Path erofs, long sizeBytes, Digest contentDigest, ImageConfig config) {
    public RootFilesystem {
        requireNonNull(imageDigest, "imageDigest is null");
        requireNonNull(erofs, "erofs is null");
        requireNonNull(contentDigest, "contentDigest is null");
        requireNonNull(config, "config is null");
    }
}
