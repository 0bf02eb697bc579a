package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which snapshots are kept; pinned ones always are.
 *
 * @param maxAge since the freeze
 * @param maxPerFunction the newest so many of a function's revisions, per kind of host
 */
public record Retention(Optional<Duration> maxAge, OptionalInt maxPerFunction) {
    public Retention {
        requireNonNull(maxAge, "maxAge is null");
        requireNonNull(maxPerFunction, "maxPerFunction is null");
        if (maxPerFunction.isPresent() && maxPerFunction.getAsInt() < 1) {
            throw new IllegalArgumentException("At least one snapshot of a function is kept, not "
                    + maxPerFunction.getAsInt() + ". Delete the function's snapshots to have none.");
        }
    }

    /** Everything, until it is deleted. */
    public static Retention everything() {
        return new Retention(Optional.empty(), OptionalInt.empty());
    }
}
