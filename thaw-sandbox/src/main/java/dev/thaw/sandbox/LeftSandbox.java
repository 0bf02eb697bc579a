package dev.thaw.sandbox;

import dev.thaw.guest.AgentLog;
import java.time.Duration;

/** A sandbox that an earlier process has kept. */
public interface LeftSandbox {
    String id();

    /** What was given to {@link Sandbox#keep}. */
    String note();

    /**
     * Takes the sandbox up if it is healthy: its guest answers, its function runs, and no connection to it was under way. Waits for as long as the earlier process
     * lives and holds on to it.
     *
     * @param timeout for each thing that the guest is asked
     * @return not kept yet
     * @throws SandboxException why it is not healthy; nothing of it is left
     */
    Sandbox adopt(AgentLog log, Duration timeout) throws SandboxException;

    /** Ends it, and waits until nothing of it is left. */
    void remove();
}
