package dev.thaw.guest;

import java.io.IOException;
import java.nio.file.Path;

/** Where guest kernels come from. */
public final class GuestKernels {
    private final Path cache;

    /** @param cache a folder where downloaded kernels are kept; made when needed */
    public GuestKernels(Path cache) {
        this.cache = cache;
    }

    /** The newest kernel of the distribution for virtual machines, downloaded once. */
    public GuestKernel newest() throws IOException {
        throw new IOException("No kernel in " + cache);
    }

    /** A kernel that the user names, and the folder that holds its modules.dep. */
    public GuestKernel named(Path vmlinuz, Path modules) throws IOException {
        throw new IOException("No kernel " + vmlinuz + " " + modules);
    }
}
