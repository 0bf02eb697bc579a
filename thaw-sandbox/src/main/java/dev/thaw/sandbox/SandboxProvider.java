package dev.thaw.sandbox;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Starts sandboxes of one kind on this host. Safe for use by many threads. */
public interface SandboxProvider extends AutoCloseable {
    /** What a snapshot of a guest of this shape, taken here, depends on. */
    HostProfile host(MachineShape shape);

    /** Why guests cannot have a network here, for people; empty when they can. */
    Optional<String> egressObstacle();

    /**
     * What a guest boots from: part of the identity of what is frozen.
     *
     * @param kernel a kernel of the user's own; empty for the distribution's newest
     */
    GuestSoftware software(Optional<Path> kernel) throws SandboxException;

    /**
     * Boots a guest up to a function that accepts connections.
     *
     * @param phases gets {@link Phase#VMM}, {@link Phase#KERNEL} and {@link Phase#APP}
     * @throws SandboxException with nothing left behind
     */
    Sandbox boot(BootSpec spec, PhaseClock phases) throws SandboxException;

    /**
     * Starts a clone from frozen state, up to a function that accepts connections and is distinct from its siblings.
     *
     * @param phases gets {@link Phase#VMM}, {@link Phase#LOAD}, {@link Phase#RESUME} and {@link Phase#RENEW}
     * @throws SandboxException with nothing left behind
     */
    Sandbox thaw(ThawSpec spec, PhaseClock phases) throws SandboxException;

    /**
     * Starts a sandbox ahead of need. The caller owns it; what was not used by then ends with this provider.
     *
     * @return empty where guests of that shape cannot be prepared for
     * @throws SandboxException with nothing left behind
     */
    default Optional<PreparedSandbox> prepare(MachineShape shape) throws SandboxException {
        return Optional.empty();
    }

    /** What an earlier process kept, as it was found when this provider was opened. Each must be adopted or removed, once. */
    List<LeftSandbox> left();

    /** Ends what is left of all sandboxes. */
    @Override
    void close();
}
