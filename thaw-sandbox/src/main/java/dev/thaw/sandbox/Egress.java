package dev.thaw.sandbox;

import java.util.Locale;

/** What a function's guest reaches. */
public enum Egress {
    /** Nothing: the guest has no network device. */
    NONE,
    /** Public addresses, through a network name space of its own; neither the host nor its neighbours. */
    INTERNET;

    /** As users write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
