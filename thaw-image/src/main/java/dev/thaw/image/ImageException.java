package dev.thaw.image;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** Why an image could not become a root file system. The message is for the user: what was wrong, and what to do. */
public final class ImageException extends IOException {
    private static final long serialVersionUID = 1;

    /** What kind of failure it was, so that failures can be counted. */
    public enum Kind {
        /** The reference leads to nothing: no such file, tag, platform or sample. */
        NOT_FOUND,
        /** The registry wants other credentials. */
        DENIED,
        /** The registry does not answer, or breaks off again and again. */
        UNREACHABLE,
        /** Bytes do not have the digest or the size that they were named by. */
        CORRUPT,
        /** A document or an archive breaks its format. */
        MALFORMED,
        /** The image is larger than this host accepts. */
        TOO_LARGE,
        /** The image is of a form that is not supported. */
        UNSUPPORTED,
        /** A sample could not be built. */
        SAMPLE,
        /** The library was closed, or the disk failed. */
        STORAGE
    }

    private final Kind kind;

    public ImageException(Kind kind, String message) {
        super(message);
        this.kind = requireNonNull(kind, "kind is null");
    }

    public ImageException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = requireNonNull(kind, "kind is null");
    }

    public Kind kind() {
        return kind;
    }

    static ImageException malformed(String message) {
        return new ImageException(Kind.MALFORMED, message);
    }

    static ImageException tooLarge(String message) {
        return new ImageException(Kind.TOO_LARGE, message);
    }
}
