package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;

/**
 * What makes a guest that comes out of a freeze itself.
 *
 * @param kind a clone out of a snapshot, or the frozen instance itself that goes on
 * @param wallClock the time that the guest's clock is set to, read as late as possible
 * @param entropy fresh bytes for the kernel's random generator and for the function's hooks
 * @param identity host name, machine id and boot id; those of before for {@link Kind#RESUMED}
 * @param hookTimeout how long the hooks after the thaw may take, in whole milliseconds
 */
public record RenewRequest(
        Kind kind, Instant wallClock, Entropy entropy, GuestIdentity identity, Duration hookTimeout) {

    /** Why the guest is renewed. */
    public enum Kind {
        /** It is a clone, thawed from a snapshot. */
        THAWED(1),
        /** It was frozen, or nearly, and goes on itself. */
        RESUMED(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    public RenewRequest {
        requireNonNull(kind, "kind is null");
        requireNonNull(wallClock, "wallClock is null");
        requireNonNull(entropy, "entropy is null");
        requireNonNull(identity, "identity is null");
        requireNonNull(hookTimeout, "hookTimeout is null");
    }
}
