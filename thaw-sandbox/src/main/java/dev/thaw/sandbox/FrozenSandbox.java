package dev.thaw.sandbox;

import java.nio.file.Path;

/** A guest that stands still. Its memory may be read until it is resumed or its sandbox is closed. */
public interface FrozenSandbox {
    /** The guest's memory as a readable file, exactly as long as it. */
    Path memory();

    /** The state of processors and devices: some tens of kilobytes. */
    byte[] deviceState();

    /**
     * Lets the same instance go on, with clock and random state renewed.
     *
     * @throws SandboxException when it does not; the sandbox must be closed then
     */
    void resume() throws SandboxException;
}
