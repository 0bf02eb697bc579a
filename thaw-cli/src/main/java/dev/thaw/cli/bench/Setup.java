package dev.thaw.cli.bench;

import java.util.Map;

/**
 * How a daemon is set up for some of the configurations. Each setup has a daemon of its own. Those whose thaws are all remote take the snapshots that the
 * daemon has published with which they are compared: two snapshots of one function are not alike. Who publishes
 * for another stands before it.
 */
public enum Setup {
    /** Each thaw starts its VMM and asks the store where the snapshot is. */
    PLAIN("prepared", "0", "pointer-refresh", "0s"),
    /** A VMM stands by. */
    PREPARED("prepared", "1", "pointer-refresh", "0s"),
    /** A VMM stands by, and it is known where the snapshot is. */
    KNOWN("prepared", "1", "pointer-refresh", "30s"),
    /** As PLAIN, but everything is fetched before the guest runs. */
    WHOLE("prepared", "0", "pointer-refresh", "0s", "prefetch", "whole"),
    /** As PLAIN, but each thaw where the function was frozen is recorded. */
    RECORDING("prepared", "0", "pointer-refresh", "0s", "record", "always");

    private final Map<String, String> settings;

    Setup(String... settings) {
        this.settings = settings.length == 4
                ? Map.of(settings[0], settings[1], settings[2], settings[3])
                : Map.of(settings[0], settings[1], settings[2], settings[3], settings[4], settings[5]);
    }

    /** Which one's daemon publishes the snapshots that this one's thaws; itself where it freezes its own. */
    public Setup publisher() {
        return switch (this) {
            case KNOWN -> PREPARED;
            case WHOLE -> PLAIN;
            case PLAIN, PREPARED, RECORDING -> this;
        };
    }

    /** Whether its daemon freezes functions itself. */
    boolean publishes() {
        return publisher() == this;
    }

    /** Settings of the daemon beyond those that all have. */
    public Map<String, String> settings() {
        return settings;
    }

    /** Whether a VMM is to stand by before each start. */
    boolean prepares() {
        return this == PREPARED || this == KNOWN;
    }
}
