package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

/**
 * Something that a function had too little of, as its guest tells.
 *
 * @param size what there is of it: bytes of memory, bytes of the writable layer, or files in it
 * @param writtenBytes what the writable layer holds; it is kept in the guest's memory
 * @param process the name of the process that the guest's kernel killed for {@link Kind#MEMORY}; printable, may be empty
 */
public record Shortage(Kind kind, long size, long writtenBytes, String process) {
    /** What ran out. */
    public enum Kind {
        /** The guest's kernel killed a process for want of memory. */
        MEMORY,
        /** The writable layer has no free block left. */
        DISK,
        /** The writable layer takes no further file. */
        FILES
    }

    public Shortage {
        requireNonNull(kind, "kind is null");
        requireNonNull(process, "process is null");
    }

    /**
     * As a person would say it, of "the function".
     *
     * @param memoryBytes what the guest was given
     */
    public String text(long memoryBytes) {
        String memory = mebibytes(memoryBytes);
        return switch (kind) {
            case MEMORY ->
                "the function ran out of memory (" + memory + "): the guest's kernel ended "
                        + (process.isEmpty() ? "a process" : "the process " + process) + written();
            case DISK ->
                "the function ran out of disk (" + mebibytes(size) + "): what it writes is kept in its memory of "
                        + memory + ", up to half of it";
            case FILES ->
                "the function ran out of files (" + size + "): what it writes is kept in its memory of " + memory;
        };
    }

    private String written() {
        return writtenBytes < 1 << 20 ? "" : "; files that it wrote hold " + mebibytes(writtenBytes) + " of the memory";
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
