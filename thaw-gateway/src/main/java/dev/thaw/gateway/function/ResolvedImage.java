package dev.thaw.gateway.function;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.nio.file.Path;
import java.util.List;

/**
 * An image made ready to be a root file system, and how it wants to be run.
 *
 * @param image digest of the image's manifest
 * @param rootfs an EROFS file
 * @param rootfsDigest of the file's bytes
 * @param stopSignal by name or number; empty for the default
 */
public record ResolvedImage(
        Digest image,
        Path rootfs,
        Digest rootfsDigest,
        long rootfsBytes,
        List<String> entrypoint,
        List<String> cmd,
        List<String> env,
        String user,
        String workingDirectory,
        String stopSignal) {
    public ResolvedImage {
        requireNonNull(image, "image is null");
        requireNonNull(rootfs, "rootfs is null");
        requireNonNull(rootfsDigest, "rootfsDigest is null");
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        env = List.copyOf(env);
        requireNonNull(user, "user is null");
        requireNonNull(workingDirectory, "workingDirectory is null");
        requireNonNull(stopSignal, "stopSignal is null");
    }
}
