package dev.thaw.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;

/** What a sandbox in memory runs: Java in place of a guest's program. */
@FunctionalInterface
public interface MemoryFunction {
    /**
     * Serves one connection, in a thread of its own; when it returns, the connection ends.
     *
     * @param memory what a freeze keeps: all connections of one instance see the same, a clone begins with a copy
     */
    void serve(AtomicLong memory, InputStream input, OutputStream output) throws IOException;
}
