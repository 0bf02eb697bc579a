package dev.thaw.sandbox;

import java.io.IOException;
import java.nio.channels.FileChannel;

/** A guest that stands still. Its memory may be read until it is resumed or its sandbox is closed. */
public interface FrozenSandbox extends AutoCloseable {
    /** The guest's memory, exactly as long as it; the position means nothing. */
    FileChannel memory();

    /** The state of processors and devices: some tens of kilobytes. */
    byte[] deviceState();

    /** Lets the same instance go on, with clock and random state renewed. */
    void resume() throws IOException;

    /** Releases the memory. Does not resume. */
    @Override
    void close();
}
