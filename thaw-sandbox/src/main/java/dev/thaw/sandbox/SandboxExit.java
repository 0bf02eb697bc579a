package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.FunctionExit;

/**
 * How a sandbox ended.
 *
 * @param cause whether the function had run out of something
 * @param text for people: {@code the function exited with code 3}, {@code the VMM was ended by signal 9}
 */
public record SandboxExit(FunctionExit.Cause cause, String text) {
    public SandboxExit {
        requireNonNull(cause, "cause is null");
        requireNonNull(text, "text is null");
    }

    /** An end for another reason than that something ran out. */
    public static SandboxExit of(String text) {
        return new SandboxExit(FunctionExit.Cause.ITSELF, text);
    }

    /** Whether the guest's kernel ended the function for want of memory. */
    public boolean outOfMemory() {
        return cause == FunctionExit.Cause.MEMORY;
    }
}
