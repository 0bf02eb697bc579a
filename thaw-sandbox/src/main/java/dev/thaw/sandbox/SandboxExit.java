package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

/**
 * How a sandbox ended.
 *
 * @param outOfMemory whether the guest's kernel ended the function for want of memory
 * @param text for people: {@code the function exited with code 3}, {@code the VMM was ended by signal 9}
 */
public record SandboxExit(boolean outOfMemory, String text) {
    public SandboxExit {
        requireNonNull(text, "text is null");
    }
}
