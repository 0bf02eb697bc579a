package dev.thaw.lazy;

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
        return Labels.of(this);
    }

    /** @throws IllegalArgumentException that names what there is */
    public static Prefetch parse(String text) {
        return Labels.parse(values(), text);
    }
}
