package dev.thaw.cache;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Why the cache cannot hold a snapshot. The store is not to blame: its failures are {@code StoreException}s. */
public final class CacheException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The kinds of failure. */
    public enum Code {
        /** The snapshot alone is larger than the cache may ever be. */
        TOO_LARGE,
        /** What running instances hold leaves no room; later there may be. */
        ALL_IN_USE,
        /** The disk is full although the cache is within its bound. */
        DISK_FULL,
        /** The directory is read-only, has vanished, or the disk fails. */
        UNUSABLE,
        /** A part is not here any more and no store is there to fetch it from. */
        MISSING,
        /** The cache has been closed. */
        CLOSED,
    }

    private final Code code;

    public CacheException(Code code, String message) {
        this(code, message, null);
    }

    public CacheException(Code code, String message, @Nullable Throwable cause) {
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
