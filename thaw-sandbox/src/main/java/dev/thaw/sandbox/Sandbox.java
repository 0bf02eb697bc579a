package dev.thaw.sandbox;

import dev.thaw.guest.Shortage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A running instance's isolation: a function that accepts connections inside of it. Safe for use by many threads. */
public interface Sandbox extends AutoCloseable {
    /** The instance's name, as its specification gave it. */
    String id();

    /** The VMM's process, for those who look from outside. */
    long pid();

    /**
     * Connects to the function and sends its first bytes along, without waiting for either.
     *
     * @param first what the function reads first; as much is taken as may go at once, the rest remains in the buffer
     * @param timeout how long each read and write of the connection may wait
     * @throws SandboxException when the sandbox cannot be reached any more: nothing has been sent
     */
    FunctionConnection connect(ByteBuffer first, Duration timeout) throws SandboxException;

    /**
     * Stops the guest between two instructions with its state readable from outside. No connection may be open. When it fails, the sandbox
     * runs on as before, or has ended; {@link #exited} tells which.
     *
     * @param hookTimeout how long the function's hook before the freeze may take
     * @throws SandboxException HOOK when the function does not agree; otherwise as the VMM failed
     */
    FrozenSandbox freeze(Duration hookTimeout) throws SandboxException;

    /**
     * From now on the sandbox outlives this process, however that ends, for {@link SandboxProvider#left} of the next one to find; not while it stands still for
     * a freeze, and not once it is stopped or closed.
     *
     * @param note what the next one must know of it
     * @throws SandboxException HOST when it cannot be kept; it goes on as before
     */
    void keep(String note) throws SandboxException;

    /**
     * Leaves the sandbox, which is kept and has no connection open, to the next process: it stands ready, and is no longer this one's.
     *
     * @param hookTimeout how long the function's hook may take, which is told as before a freeze
     * @throws SandboxException when it cannot be left; it has been closed
     */
    void letGo(Duration hookTimeout) throws SandboxException;

    /** Completes once, when the function or its sandbox has ended, whoever ended it. */
    CompletableFuture<SandboxExit> exited();

    /**
     * What the function had last too little of, whether or not it has ended; empty when that was before {@link System#nanoTime} was {@code nanos}. Told before
     * the break of a connection that it caused.
     */
    Optional<Shortage> shortageSince(long nanos);

    /** Asks the function to end, waits up to {@code grace}, then closes. */
    void stop(Duration grace);

    /** Ends the sandbox at once and waits until nothing of it is left. */
    @Override
    void close();
}
