package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

/**
 * How a function ended.
 *
 * @param signalled whether a signal ended it; then {@code code} is the signal's number, else the exit code
 * @param code 0 to 255
 * @param cause what was wanting when it ended
 */
public record FunctionExit(boolean signalled, int code, Cause cause) {
    /** Whether something ran out. */
    public enum Cause {
        /** Nothing did, or nothing that the guest could see. */
        ITSELF,
        /** The guest's kernel killed it because memory ran out. */
        MEMORY,
        /** What it may write to was full at its end. */
        DISK
    }

    public FunctionExit {
        requireNonNull(cause, "cause is null");
    }

    /** As a person would say it. */
    @Override
    public String toString() {
        String how = signalled ? "was ended by signal " + code : "exited with code " + code;
        return switch (cause) {
            case ITSELF -> how;
            case MEMORY -> how + " because the guest ran out of memory";
            case DISK -> how + " while its disk was full";
        };
    }
}
