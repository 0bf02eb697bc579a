package dev.thaw.sandbox;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * One connection to the function's port in its guest. Reading and writing block; both may go on at once, in two threads. Closing ends both and
 * wakes whoever waits.
 */
public interface FunctionConnection extends Closeable {
    /** What the function sends. Its end is the function's end of output; a broken connection is an {@link IOException}. */
    InputStream input();

    /** What the function receives. {@link OutputStream#close} is a half close: the function sees the end of its input. */
    OutputStream output();

    /** Ends the connection at once; what is on its way is lost. */
    @Override
    void close();
}
