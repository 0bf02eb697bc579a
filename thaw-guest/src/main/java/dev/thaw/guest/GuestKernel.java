package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * A kernel that guests boot.
 *
 * @param vmlinuz the bootable file
 * @param modules the folder with the modules of exactly this kernel, as in {@code /lib/modules/RELEASE}
 * @param release as {@code uname -r} says it
 * @param version of the distribution's package, or "user" for a kernel that the user named
 * @param sha256 of the bootable file, in hex
 */
public record GuestKernel(Path vmlinuz, Path modules, String release, String version, String sha256) {
    public GuestKernel {
        requireNonNull(vmlinuz, "vmlinuz is null");
        requireNonNull(modules, "modules is null");
        requireNonNull(release, "release is null");
        requireNonNull(version, "version is null");
        requireNonNull(sha256, "sha256 is null");
    }
}
