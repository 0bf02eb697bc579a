package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.GuestKernel;
import dev.thaw.guest.GuestKernels;
import dev.thaw.guest.Initramfs;
import dev.thaw.sandbox.SandboxException.Code;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Kernels and their initramfs, found once in a daemon's life. */
final class GuestSoftwareLibrary {
    private final Path cache;

    /** Guarded by this. */
    private final Map<Optional<Path>, GuestSoftware> found = new HashMap<>();

    /** @param cache a folder for downloaded kernels and built archives */
    GuestSoftwareLibrary(Path cache) {
        this.cache = requireNonNull(cache, "cache is null");
    }

    synchronized GuestSoftware find(Optional<Path> kernel) throws SandboxException {
        GuestSoftware known = found.get(kernel);
        if (known != null) {
            return known;
        }
        try {
            GuestKernels kernels = new GuestKernels(cache.resolve("kernels"));
            GuestKernel chosen =
                    kernel.isPresent() ? kernels.named(kernel.get(), modulesOf(kernel.get())) : kernels.newest();
            Initramfs initramfs = Initramfs.build(chosen, cache.resolve("initramfs"));
            GuestSoftware software = new GuestSoftware(
                    chosen.vmlinuz(),
                    new Digest(chosen.sha256()),
                    chosen.release(),
                    chosen.version(),
                    initramfs.file(),
                    new Digest(initramfs.sha256()));
            found.put(kernel, software);
            return software;
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, "There is no guest kernel: " + e.getMessage(), e);
        }
    }

    /** A kernel's modules lie where distributions put them: {@code /lib/modules/RELEASE} beside {@code /boot/vmlinuz-RELEASE}. */
    private static Path modulesOf(Path kernel) throws SandboxException {
        String name = String.valueOf(kernel.getFileName());
        Path boot = kernel.toAbsolutePath().getParent();
        if (!name.startsWith("vmlinuz-") || boot == null || boot.getParent() == null) {
            throw new SandboxException(
                    Code.HOST,
                    kernel
                            + " is not a kernel as distributions install it. Name a file DIR/boot/vmlinuz-RELEASE whose modules lie in"
                            + " DIR/lib/modules/RELEASE.");
        }
        return boot.getParent().resolve("lib/modules").resolve(name.substring("vmlinuz-".length()));
    }
}
