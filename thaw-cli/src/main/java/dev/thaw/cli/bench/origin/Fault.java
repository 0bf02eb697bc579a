package dev.thaw.cli.bench.origin;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What is done to the answer of a read of an object. */
public enum Fault {
    /** Its first byte comes later than the profile says. */
    DELAY,
    /** In the middle of the body the connection is reset. */
    RESET,
    /** One bit in the middle of the body is another. */
    CORRUPT,
    /** In the middle of the body the connection ends in good order. */
    TRUNCATE;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException with a text for the user */
    static Fault parse(String text) {
        return Arrays.stream(values())
                .filter(fault -> fault.label().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Not a fault: '" + text + "'. There are "
                        + Arrays.stream(values()).map(Fault::label).collect(Collectors.joining(", ")) + "."));
    }
}
