package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheException;
import dev.thaw.cache.Lease;
import dev.thaw.guest.GuestIdentity;
import dev.thaw.sandbox.BootSpec;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.sandbox.ThawSpec;
import dev.thaw.store.Manifest;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts one instance: thaws it where a snapshot is to be had and fits, and boots it otherwise. Whatever goes wrong with a snapshot ends in a boot, with
 * the reason in the record; only a boot that fails is a failed start.
 */
final class Starter {
    private static final Logger log = LoggerFactory.getLogger(Starter.class);

    private final WorkerConfig config;
    private final SandboxProvider provider;
    private final Thawer thawer;
    private final Snapshots snapshots;
    private final RootFilesystems images;
    private final InstanceLogs logs;
    private final Clock clock;

    Starter(
            WorkerConfig config,
            SandboxProvider provider,
            Thawer thawer,
            Snapshots snapshots,
            RootFilesystems images,
            InstanceLogs logs,
            Clock clock) {
        this.config = requireNonNull(config, "config is null");
        this.provider = requireNonNull(provider, "provider is null");
        this.thawer = requireNonNull(thawer, "thawer is null");
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.images = requireNonNull(images, "images is null");
        this.logs = requireNonNull(logs, "logs is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** A sandbox that runs, how it came to be, and what it holds until it has ended. */
    record Start(Sandbox sandbox, StartRecord record, AutoCloseable held) {}

    /** What came of the attempt to thaw. */
    private sealed interface Thaw {
        record Done(Sandbox sandbox, Lease lease, String how) implements Thaw {}

        record Impossible(String reason) implements Thaw {}

        record Failed(String reason, String failure) implements Thaw {}
    }

    /**
     * @param core lent while the start waits for the store
     * @param states told when the instance begins to thaw or to boot
     * @throws IOException when the boot failed too
     */
    Start start(Revision revision, String instance, Core core, PhaseClock phases, Consumer<InstanceState> states)
            throws IOException {
        Instant at = clock.instant();
        Thaw thaw = thaw(revision, instance, core, phases, states);
        if (thaw instanceof Thaw.Done done) {
            Lease lease = done.lease();
            StartKind kind = lease.local() ? StartKind.THAW_LOCAL : StartKind.THAW_REMOTE;
            String reason =
                    (lease.local() ? "the snapshot was on the worker" : "the snapshot was fetched from the store")
                            + ", thawed " + done.how();
            keep(done.sandbox(), revision, kind, Optional.of(lease.manifest().id()));
            return new Start(
                    done.sandbox(),
                    record(at, revision, instance, kind, reason, "", phases, lease.bytesFromOrigin(), lease.manifest()),
                    lease);
        }
        states.accept(InstanceState.BOOTING);
        Sandbox sandbox = boot(revision, instance, phases);
        keep(sandbox, revision, StartKind.BOOT, Optional.empty());
        String failure = thaw instanceof Thaw.Failed failed ? failed.failure() : "";
        String reason = switch (thaw) {
            case Thaw.Failed failed -> failed.reason();
            case Thaw.Impossible impossible -> impossible.reason();
            case Thaw.Done done -> throw new IllegalStateException("unreachable: " + done);
        };
        return new Start(
                sandbox, record(at, revision, instance, StartKind.BOOT, reason, failure, phases, 0, null), () -> {});
    }

    /** So that it outlives this daemon. */
    private void keep(Sandbox sandbox, Revision revision, StartKind kind, Optional<Digest> snapshot) {
        try {
            sandbox.keep(new KeptNote(config.name(), revision.name(), kind, snapshot).write());
        } catch (SandboxException e) {
            log.warn("instance={} ends with this daemon: {}", sandbox.id(), e.getMessage());
        }
    }

    private StartRecord record(
            Instant at,
            Revision revision,
            String instance,
            StartKind kind,
            String reason,
            String failure,
            PhaseClock phases,
            long fetchedBytes,
            @Nullable Manifest manifest) {
        return new StartRecord(
                at,
                config.name(),
                revision.function(),
                revision.name(),
                instance,
                kind,
                reason,
                failure,
                phases.millis(),
                fetchedBytes,
                manifest == null ? 0 : manifest.logicalBytes());
    }

    private Sandbox boot(Revision revision, String instance, PhaseClock phases) throws IOException {
        RootFilesystems.Rootfs rootfs = images.open(revision);
        phases.end(Phase.IMAGE);
        return provider.boot(
                new BootSpec(
                        instance,
                        revision.shape(),
                        rootfs.file(),
                        revision.kernel(),
                        revision.process(),
                        GuestIdentity.fresh(instance),
                        config.readyTimeout(),
                        logs.of(revision, instance)),
                phases);
    }

    private Thaw thaw(
            Revision revision, String instance, Core core, PhaseClock phases, Consumer<InstanceState> states) {
        if (config.mode() == Mode.DISABLED) {
            return new Thaw.Impossible("snapshots are disabled on this worker");
        }
        if (!revision.snapshots()) {
            return new Thaw.Impossible("snapshots are disabled for this function");
        }
        states.accept(InstanceState.THAWING);
        @Nullable Lease lease = null;
        @Nullable Digest snapshot = null;
        try (Patience patience = new Patience("the snapshot", config.fetchTimeout())) {
            lease = snapshots.local(revision).orElse(null);
            if (lease == null) {
                switch (resolve(revision, core, patience.cancellation(), phases)) {
                    case Snapshots.Lookup.Missing missing -> {
                        return new Thaw.Impossible(missing.reason());
                    }
                    case Snapshots.Lookup.Found found -> {
                        snapshot = found.manifest().id();
                        lease = snapshots.fetch(found.manifest(), patience.cancellation());
                        phases.end(Phase.FETCH);
                    }
                }
            } else {
                phases.end(Phase.RESOLVE);
            }
            snapshot = lease.manifest().id();
            try {
                return thaw(revision, instance, lease, core, patience.cancellation(), phases);
            } catch (SandboxException e) {
                if (!(storeFailure(e) instanceof StoreException why) || !isBeyondRepair(why)) {
                    throw e;
                }
                log.warn("snapshot={} its hot companion is of no use, all is fetched: {}", snapshot, why.getMessage());
                lease.close();
                lease = snapshots.fetchWhole(lease.manifest(), patience.cancellation());
                phases.end(Phase.FETCH);
                return thaw(revision, instance, lease, core, patience.cancellation(), phases);
            }
        } catch (SandboxException e) {
            closeLease(lease);
            if (storeFailure(e) instanceof StoreException why) {
                phases.end(Phase.FETCH);
                return failed(revision, instance, snapshot, why);
            }
            phases.end(Phase.LOAD);
            forget(snapshot, false);
            return failed(revision, instance, "sandbox." + e.code().name().toLowerCase(Locale.ROOT), e);
        } catch (StoreException e) {
            closeLease(lease);
            phases.end(Phase.FETCH);
            return failed(revision, instance, snapshot, e);
        } catch (CacheException e) {
            closeLease(lease);
            phases.end(Phase.FETCH);
            return failed(revision, instance, "cache", e);
        } catch (RuntimeException e) {
            // A fault of ours, with a cause that nobody thought of: a boot may do without what was broken.
            closeLease(lease);
            phases.end(Phase.LOAD);
            log.error("instance={} thaw failed unexpectedly", instance, e);
            return failed(revision, instance, "unexpected", e);
        }
    }

    /** A start's core. */
    @FunctionalInterface
    interface Core {
        Admission.Loan lend();
    }

    private Snapshots.Lookup resolve(Revision revision, Core core, Cancellation cancellation, PhaseClock phases)
            throws SandboxException, StoreException {
        Optional<Snapshots.Lookup> known = snapshots.known(revision);
        if (known.isPresent()) {
            phases.end(phaseOf(known.get()));
            return known.get();
        }
        Snapshots.Lookup lookup;
        try (Admission.Loan _ = core.lend()) {
            lookup = snapshots.resolve(revision, cancellation);
            phases.end(phaseOf(lookup));
        }
        phases.end(Phase.ADMIT);
        return lookup;
    }

    /** That there is nothing to thaw belongs to the decision what to start. */
    private static Phase phaseOf(Snapshots.Lookup lookup) {
        return lookup instanceof Snapshots.Lookup.Found ? Phase.RESOLVE : Phase.ADMIT;
    }

    private Thaw thaw(
            Revision revision, String instance, Lease lease, Core core, Cancellation cancellation, PhaseClock phases)
            throws SandboxException {
        ThawSpec.Arrival arrival = () -> {
            try (Admission.Loan _ = core.lend()) {
                lease.awaitState(cancellation);
                phases.end(Phase.FETCH);
            } catch (StoreException e) {
                throw new SandboxException(SandboxException.Code.STATE, e.getMessage(), e);
            }
            phases.end(Phase.ADMIT);
        };
        Thawer.Thawed thawed = thawer.thaw(
                new ThawSpec(
                        instance,
                        revision.shape(),
                        lease.rootfs(),
                        lease.memory(),
                        lease.state(),
                        lease.isReady() ? ThawSpec.Arrival.NONE : arrival,
                        GuestIdentity.fresh(instance),
                        config.thawTimeout(),
                        logs.of(revision, instance)),
                phases);
        return new Thaw.Done(thawed.sandbox(), lease, thawed.how());
    }

    /** Why the device state could not be had, if that is what went wrong. */
    private static @Nullable Throwable storeFailure(SandboxException e) {
        return e.code() == SandboxException.Code.STATE ? e.getCause() : null;
    }

    private static boolean isBeyondRepair(StoreException e) {
        return e.code() == StoreException.Code.CORRUPT || e.code() == StoreException.Code.NOT_FOUND;
    }

    private Thaw failed(Revision revision, String instance, @Nullable Digest snapshot, StoreException e) {
        // Wrong bytes in the store stay wrong: away with the snapshot, so that this boot's freeze replaces it.
        forget(isBeyondRepair(e) ? snapshot : null, true);
        return failed(revision, instance, "store." + e.code().name().toLowerCase(Locale.ROOT), e);
    }

    private static void closeLease(@Nullable Lease lease) {
        if (lease != null) {
            lease.close();
        }
    }

    private Thaw failed(Revision revision, String instance, String failure, Exception e) {
        log.warn(
                "function={} revision={} instance={} thaw failed ({}), booting: {}",
                revision.function(),
                revision.name(),
                instance,
                failure,
                e.getMessage());
        return new Thaw.Failed("the thaw failed: " + e.getMessage(), failure);
    }

    private void forget(@Nullable Digest snapshot, boolean everywhere) {
        if (snapshot == null) {
            return;
        }
        try {
            if (everywhere) {
                snapshots.discard(snapshot);
            } else {
                snapshots.dropLocal(snapshot);
            }
        } catch (CacheException | StoreException e) {
            log.warn("snapshot={} cannot be forgotten", snapshot, e);
        }
    }
}
