package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

/**
 * A read of a file of ours that ended in an I/O error.
 *
 * @param file its name in the mount
 * @param process who read: the id of its process, 0 when that is not known
 */
public record FailedRead(String file, long process, String reason) {
    public FailedRead {
        requireNonNull(file, "file is null");
        requireNonNull(reason, "reason is null");
    }
}
