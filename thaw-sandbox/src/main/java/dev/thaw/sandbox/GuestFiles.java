package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/** What a guest boots from: a kernel and the initramfs with the agent and the kernel's modules. */
record GuestFiles(Path kernel, Path initramfs) {
    GuestFiles {
        requireNonNull(kernel, "kernel is null");
        requireNonNull(initramfs, "initramfs is null");
    }
}
