package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Why a store did not do what it was asked; the code lets callers decide and metrics count. */
public final class StoreException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The kinds of failure. */
    public enum Code {
        /** There is nothing under this key. */
        NOT_FOUND,
        /** A conditional write met another version than it asked for; nothing was written. */
        PRECONDITION_FAILED,
        /** The store cannot be reached, broke off or answers too slowly; the same call may succeed later. */
        UNAVAILABLE,
        /** The store refuses: wrong credentials, a read-only directory, a missing bucket. Retrying does not help. */
        DENIED,
        /** Bytes are not those that were published, or a document cannot be understood. */
        CORRUPT,
        /** A document was written by a version of Thaw that this one does not read. */
        UNSUPPORTED,
        /** The disk, the quota or the bucket is full. */
        NO_SPACE,
        /** The caller asked for something that no store can do: a bad key, a range outside the object. */
        INVALID,
        /** The caller's {@link Cancellation} fired. */
        CANCELLED,
    }

    private final Code code;

    public StoreException(Code code, String message) {
        this(code, message, null);
    }

    public StoreException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = requireNonNull(code, "code is null");
    }

    public Code code() {
        return code;
    }

    /** Never null here. */
    @Override
    public String getMessage() {
        return requireNonNull(super.getMessage());
    }
}
