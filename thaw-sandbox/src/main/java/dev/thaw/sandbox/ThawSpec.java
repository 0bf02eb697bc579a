package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentLog;
import dev.thaw.guest.GuestIdentity;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What to thaw.
 *
 * @param id of the instance, as in {@link BootSpec}
 * @param shape of the guest that was frozen
 * @param rootfs the image that was its root file system
 * @param memory a file of exactly the guest's memory; it is mapped privately and never written
 * @param deviceState what {@link FrozenSandbox#deviceState} gave
 * @param timeout from the resumption of the guest until its agent has renewed it
 */
public record ThawSpec(
        String id,
        MachineShape shape,
        Path rootfs,
        Path memory,
        Path deviceState,
        GuestIdentity identity,
        Duration timeout,
        AgentLog log) {
    public ThawSpec {
        requireNonNull(id, "id is null");
        requireNonNull(shape, "shape is null");
        requireNonNull(rootfs, "rootfs is null");
        requireNonNull(memory, "memory is null");
        requireNonNull(deviceState, "deviceState is null");
        requireNonNull(identity, "identity is null");
        requireNonNull(timeout, "timeout is null");
        requireNonNull(log, "log is null");
    }
}
