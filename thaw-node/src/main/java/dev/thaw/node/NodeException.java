package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** Why a worker did not give an instance. */
public final class NodeException extends Exception {
    private static final long serialVersionUID = 1;

    /** The kinds. */
    public enum Code {
        /** The worker has no room, now or ever. */
        NO_CAPACITY,
        /** As many invocations wait as may. */
        QUEUE_FULL,
        /** No instance became free in time. */
        TIMED_OUT,
        /** A new instance could not be started. */
        START_FAILED,
        /** A new instance ran out of memory before it was ready. */
        OUT_OF_MEMORY,
        /** What a new instance may write to was full before it was ready. */
        OUT_OF_DISK,
        /** The worker is ending, or the revision was deleted. */
        CLOSED
    }

    private final Code code;

    public NodeException(Code code, String message) {
        this(code, message, null);
    }

    public NodeException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = requireNonNull(code, "code is null");
    }

    public Code code() {
        return code;
    }
}
