package dev.thaw.load.trace;

import java.nio.file.Path;

/** A trace cannot be read. The message says where (file, line, column, counted from 1) and what to do. */
public final class TraceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TraceException(String message) {
        super(message);
    }

    public TraceException(String message, Throwable cause) {
        super(message, cause);
    }

    static TraceException at(Path file, long line, int column, String message) {
        return new TraceException(file + ":" + line + ":" + column + ": " + message);
    }

    static TraceException at(Path file, String message) {
        return new TraceException(file + ": " + message);
    }
}
