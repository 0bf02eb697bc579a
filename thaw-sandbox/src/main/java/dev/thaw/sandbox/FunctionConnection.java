package dev.thaw.sandbox;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * One connection to the function's port in its guest. Reading and writing block, each at most for the connection's timeout; both may go on at
 * once, in two threads. A broken connection is an {@link java.io.IOException} of whoever reads or writes.
 */
public interface FunctionConnection extends AutoCloseable {
    /** What the function sends. */
    InputStream input();

    /** What the function receives. Closing it is a half close: the function sees the end of its input. */
    OutputStream output();

    /** {@link System#nanoTime} when the function had accepted the connection and its first bytes were handed over; empty before. */
    OptionalLong acceptedNanos();

    /** How long each later read and write may wait. */
    void timeout(Duration limit);

    /** Ends the connection at once, and wakes whoever waits; what is on its way is lost. */
    @Override
    void close();
}
