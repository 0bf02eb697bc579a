package dev.thaw.lazy;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What of a snapshot is fetched before it is asked for. */
public enum Prefetch {
    /** Nothing but the device state and what comes with it: every other block is a fault. */
    NONE,
    /** Everything before the guest runs, into plain files, as systems without lazy images do. */
    WHOLE,
    /** What a thaw is known to touch first, while the guest is resumed. */
    WORKING_SET,
    /** The working set, then everything else behind the running guest, slowly. */
    ALL;

    /** As users write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException that names what there is */
    public static Prefetch parse(String text) {
        return Arrays.stream(values())
                .filter(one -> one.label().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is none of "
                        + Arrays.stream(values()).map(Prefetch::label).collect(Collectors.joining(", ")) + "."));
    }
}
