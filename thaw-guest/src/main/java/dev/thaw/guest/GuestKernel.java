package dev.thaw.guest;

import java.nio.file.Path;

/**
 * A kernel that guests boot.
 *
 * @param vmlinuz the bootable kernel file
 * @param modules the folder that holds {@code modules.dep} of exactly this kernel
 * @param release as {@code uname -r} says it
 * @param version the package's version, or "user" for a kernel that the user named
 * @param sha256 of vmlinuz, in hex
 */
public record GuestKernel(Path vmlinuz, Path modules, String release, String version, String sha256) {}
