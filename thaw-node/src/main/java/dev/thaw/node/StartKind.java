package dev.thaw.node;

import java.util.Locale;

/** How an invocation came to its instance: what {@code Thaw-Start} says. */
public enum StartKind {
    /** An instance was ready. */
    WARM,
    /** A new instance, from its image. */
    BOOT,
    /** A new instance from a snapshot, without a byte from outside the worker. */
    THAW_LOCAL,
    /** A new instance from a snapshot of which some bytes came from outside. */
    THAW_REMOTE;

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
