package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.nio.file.Path;

/**
 * What a guest boots from besides its root file system.
 *
 * @param release of the kernel, as {@code uname -r} says it
 * @param version of the kernel's package
 * @param initramfs with the agent and the kernel's modules
 */
public record GuestSoftware(
        Path kernel, Digest kernelDigest, String release, String version, Path initramfs, Digest initramfsDigest) {
    public GuestSoftware {
        requireNonNull(kernel, "kernel is null");
        requireNonNull(kernelDigest, "kernelDigest is null");
        requireNonNull(release, "release is null");
        requireNonNull(version, "version is null");
        requireNonNull(initramfs, "initramfs is null");
        requireNonNull(initramfsDigest, "initramfsDigest is null");
    }
}
