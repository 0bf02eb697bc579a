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
 * @param deviceState what {@link FrozenSandbox#deviceState} gave; a file that may be opened before {@code arrival}, and read after it
 * @param arrival of the device state
 * @param timeout from the resumption of the guest until its agent has renewed it
 */
public record ThawSpec(
        String id,
        MachineShape shape,
        Path rootfs,
        Path memory,
        Path deviceState,
        Arrival arrival,
        GuestIdentity identity,
        Duration timeout,
        AgentLog log) {
    public ThawSpec {
        requireNonNull(id, "id is null");
        requireNonNull(shape, "shape is null");
        requireNonNull(rootfs, "rootfs is null");
        requireNonNull(memory, "memory is null");
        requireNonNull(deviceState, "deviceState is null");
        requireNonNull(arrival, "arrival is null");
        requireNonNull(identity, "identity is null");
        requireNonNull(timeout, "timeout is null");
        requireNonNull(log, "log is null");
    }

    /** Of a device state that is there already. */
    public ThawSpec(
            String id,
            MachineShape shape,
            Path rootfs,
            Path memory,
            Path deviceState,
            GuestIdentity identity,
            Duration timeout,
            AgentLog log) {
        this(id, shape, rootfs, memory, deviceState, Arrival.NONE, identity, timeout, log);
    }

    /** What a thaw waits for when its VMM is there. */
    @FunctionalInterface
    public interface Arrival {
        /** Of what is there already. */
        Arrival NONE = _ -> {};

        /**
         * Waits.
         *
         * @param phases what the time went to is noted there: to {@link Phase#FETCH}, as far as it went to the state
         * @throws SandboxException with the code STATE when it will not come
         */
        void await(PhaseClock phases) throws SandboxException;
    }
}
