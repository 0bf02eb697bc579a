package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentLog;
import dev.thaw.guest.GuestIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What to boot.
 *
 * @param id of the instance: lower-case letters, digits and hyphens, at most 40
 * @param rootfs an EROFS image
 * @param kernel a kernel of the user's own with the folder of its modules; empty for the distribution's
 * @param function what runs in the guest
 * @param readyTimeout from the agent's hello until the function accepts connections
 */
public record BootSpec(
        String id,
        MachineShape shape,
        Path rootfs,
        Optional<Path> kernel,
        FunctionProcess function,
        GuestIdentity identity,
        Duration readyTimeout,
        AgentLog log) {
    public BootSpec {
        requireNonNull(id, "id is null");
        requireNonNull(shape, "shape is null");
        requireNonNull(rootfs, "rootfs is null");
        requireNonNull(kernel, "kernel is null");
        requireNonNull(function, "function is null");
        requireNonNull(identity, "identity is null");
        requireNonNull(readyTimeout, "readyTimeout is null");
        requireNonNull(log, "log is null");
    }
}
