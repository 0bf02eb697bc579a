package dev.thaw.node;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a worker does with snapshots. */
public enum Mode {
    /** Every start is a boot. */
    DISABLED,
    /** Snapshots stay in the worker's cache, which holds the only copy. */
    LOCAL,
    /** Snapshots are published to the store and fetched from it. */
    REMOTE;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException with a text for the user */
    public static Mode parse(String text) {
        return Arrays.stream(values())
                .filter(mode -> mode.label().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Not a mode: '" + text + "'. Modes are "
                        + Arrays.stream(values()).map(Mode::label).collect(Collectors.joining(", ")) + "."));
    }
}
