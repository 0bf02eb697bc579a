package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A mount or a file of it could not be had. The code says how, so that failures can be counted by kind. */
public final class LazyException extends IOException {
    private static final long serialVersionUID = 1;

    /** What went wrong. */
    public enum Code {
        /** The host lacks what a mount needs: whole images must be used. */
        HOST,
        /** The mount is closed, or was taken away from outside. */
        CLOSED,
        /** Another file has the name. */
        NAME_TAKEN
    }

    private final Code code;

    public LazyException(Code code, String message) {
        this(code, message, null);
    }

    public LazyException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = requireNonNull(code, "code is null");
    }

    public Code code() {
        return code;
    }
}
