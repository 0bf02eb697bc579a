package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.Lease;
import dev.thaw.guest.GuestIdentity;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.ThawSpec;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;

/** Thaws a snapshot that is at hand, though its device state may be on its way: then the start's core is lent once the VMM is there. */
final class LeaseThaw {
    private final WorkerConfig config;
    private final Thawer thawer;
    private final InstanceLogs logs;

    LeaseThaw(WorkerConfig config, Thawer thawer, InstanceLogs logs) {
        this.config = requireNonNull(config, "config is null");
        this.thawer = requireNonNull(thawer, "thawer is null");
        this.logs = requireNonNull(logs, "logs is null");
    }

    /**
     * @param lease the caller's, also when it is thawed
     * @throws SandboxException with the code STATE, and the {@link StoreException} as its cause, when the device state does not come
     */
    Thawer.Thawed thaw(Starting start, Lease lease, Cancellation cancellation) throws SandboxException {
        return thawer.thaw(
                new ThawSpec(
                        start.instance(),
                        start.revision().shape(),
                        lease.rootfs(),
                        lease.memory(),
                        lease.state(),
                        lease.isReady()
                                ? ThawSpec.Arrival.NONE
                                : phases -> awaitState(start.core(), lease, cancellation, phases),
                        GuestIdentity.fresh(start.instance()),
                        config.thawTimeout(),
                        logs.of(start.revision(), start.instance())),
                start.phases());
    }

    private static void awaitState(Starting.Core core, Lease lease, Cancellation cancellation, PhaseClock phases)
            throws SandboxException {
        try (Admission.Loan _ = core.lend()) {
            lease.awaitState(cancellation);
            phases.end(Phase.FETCH);
        } catch (StoreException e) {
            throw new SandboxException(SandboxException.Code.STATE, e.getMessage(), e);
        }
        phases.end(Phase.ADMIT);
    }
}
