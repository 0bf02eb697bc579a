package dev.thaw.guest;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The first root of a guest: the agent and the kernel modules that it loads.
 *
 * @param file the archive
 * @param sha256 of the archive, in hex; the same inputs give the same archive
 */
public record Initramfs(Path file, String sha256) {
    /** Builds the archive for a kernel in the folder, or finds the one that was built from the same inputs before. */
    public static Initramfs build(GuestKernel kernel, Path cache) throws IOException {
        throw new IOException("No initramfs for " + kernel + " in " + cache);
    }
}
