package dev.thaw.node;

import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.file.Path;

/** Gives the root file system of a revision's image, made on this machine or found there. */
@FunctionalInterface
public interface RootFilesystems {
    /**
     * An EROFS file and what its bytes are.
     *
     * @param digest of the file's bytes
     */
    record Rootfs(Path file, Digest digest) {}

    /** @throws IOException with a text for people when the image cannot be had */
    Rootfs open(Revision revision) throws IOException;
}
