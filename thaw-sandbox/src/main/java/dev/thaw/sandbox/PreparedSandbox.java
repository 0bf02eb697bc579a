package dev.thaw.sandbox;

import java.util.concurrent.CompletableFuture;

/**
 * A sandbox that was started ahead of need: all is done that depends on its shape alone, and nothing that depends on a function. It waits, at no cost but its memory,
 * for the one thaw that it can be used for. Safe for use by many threads.
 */
public interface PreparedSandbox extends AutoCloseable {
    /** The shape of every guest that it can become. */
    MachineShape shape();

    /**
     * As {@link SandboxProvider#thaw}, without what is done already. May be called once, whatever comes of it.
     *
     * @param spec with this shape
     * @throws SandboxException with nothing left behind
     */
    Sandbox thaw(ThawSpec spec, PhaseClock phases) throws SandboxException;

    /** Completes when it cannot be used any more by itself: how it ended. Means nothing once it has been used. */
    CompletableFuture<SandboxExit> ended();

    /** Ends it if it was not used. */
    @Override
    void close();
}
