package dev.thaw.cli.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a cold start is measured under. */
public enum Configuration {
    /** From the image, without a snapshot. */
    BOOT(Setup.PLAIN),
    /** A bare QEMU that restores the same snapshot from plain files in the page cache: what no thaw can beat without doing something else. */
    FLOOR(Setup.PLAIN),
    /** Every byte is on the worker, and was started there before. */
    LOCAL(Setup.PLAIN),
    /** The same with the snapshot's bytes dropped from the host's page cache. */
    LOCAL_COLD(Setup.PLAIN),
    /** Published to the store, fetched by another worker before: the second start there. */
    REMOTE_CACHED(Setup.PLAIN),
    /** No byte of it in any cache of the worker. */
    REMOTE(Setup.PLAIN),
    /** As remote, with everything fetched before the guest runs. */
    REMOTE_WHOLE(Setup.WHOLE),
    /** As local, in a VMM that stood by. */
    PREPARED(Setup.PREPARED),
    /** As remote, in a VMM that stood by. */
    REMOTE_PREPARED(Setup.PREPARED),
    /** As remote-prepared, and it was known where the snapshot is. */
    REMOTE_KNOWN(Setup.KNOWN),
    /** As local, with every touch recorded: not for its time, but for what it touches. */
    RECORDED(Setup.RECORDING);

    private final Setup setup;

    Configuration(Setup setup) {
        this.setup = setup;
    }

    /** The daemon that it needs. */
    public Setup setup() {
        return setup;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException with a text for the user */
    static Configuration parse(String text) {
        return Arrays.stream(values())
                .filter(configuration -> configuration.label().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Not a configuration: '" + text + "'. There are "
                        + Arrays.stream(values()).map(Configuration::label).collect(Collectors.joining(", ")) + "."));
    }

    public static List<Configuration> parseAll(String commaSeparated) {
        return Arrays.stream(commaSeparated.split(",", -1))
                .map(Configuration::parse)
                .toList();
    }
}
