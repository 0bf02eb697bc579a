package dev.thaw.cli.bench.origin;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How far away the store is. */
public enum StoreProfile {
    /** A folder on this machine, without a server. */
    NONE(Duration.ZERO, 0),
    /** An object store in the same region. */
    OBJECT_STORE(Duration.ofMillis(20), 100_000_000),
    /** A cache in the same zone, or a peer. */
    ZONAL(Duration.ofMillis(1), 500_000_000);

    /** Requests that are served at a time; further ones wait. */
    public static final int STREAMS = 16;

    private final Duration firstByte;
    private final long bytesPerSecond;

    StoreProfile(Duration firstByte, long bytesPerSecond) {
        this.firstByte = firstByte;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** From the end of a request to the first byte of its answer. */
    public Duration firstByte() {
        return firstByte;
    }

    /** Of each request and each answer by itself. */
    public long bytesPerSecond() {
        return bytesPerSecond;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException with a text for the user */
    public static StoreProfile parse(String text) {
        return Arrays.stream(values())
                .filter(profile -> profile.label().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Not a store profile: '" + text + "'. There are "
                        + Arrays.stream(values()).map(StoreProfile::label).collect(Collectors.joining(", ")) + "."));
    }
}
