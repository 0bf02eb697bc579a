package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheException;
import dev.thaw.cache.Lease;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Thaws one instance where its revision has a snapshot, from the worker or else from the store, and tells why not otherwise. */
final class SnapshotThaw {
    private static final Logger log = LoggerFactory.getLogger(SnapshotThaw.class);

    private final WorkerConfig config;
    private final Snapshots snapshots;
    private final LeaseThaw thaws;

    SnapshotThaw(WorkerConfig config, Snapshots snapshots, LeaseThaw thaws) {
        this.config = requireNonNull(config, "config is null");
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.thaws = requireNonNull(thaws, "thaws is null");
    }

    /** What came of the attempt. */
    sealed interface Outcome {
        /**
         * It runs.
         *
         * @param lease of what it uses, the taker's from here on
         * @param how as in {@link Thawer.Thawed}
         */
        record Done(Sandbox sandbox, Lease lease, String how) implements Outcome {}

        /** The instance is to be booted. */
        sealed interface Undone extends Outcome {
            /** For people. */
            String reason();

            /** For counters; empty where nothing failed. */
            String failure();
        }

        /** There was nothing to thaw. */
        record Impossible(String reason) implements Undone {
            @Override
            public String failure() {
                return "";
            }
        }

        record Failed(String reason, String failure) implements Undone {}
    }

    /** Whatever goes wrong is in the outcome. */
    Outcome thaw(Starting start) {
        if (config.mode() == Mode.DISABLED) {
            return new Outcome.Impossible("snapshots are disabled on this worker");
        }
        if (!start.revision().snapshots()) {
            return new Outcome.Impossible("snapshots are disabled for this function");
        }
        start.states().accept(InstanceState.THAWING);
        try (Patience patience = new Patience("the snapshot", config.fetchTimeout())) {
            return new Attempt(start, patience.cancellation()).outcome();
        }
    }

    /** One thaw, from the search for its snapshot on. */
    private final class Attempt {
        private final Starting start;
        private final Cancellation cancellation;

        /** As soon as it is known which one it is. */
        private @Nullable Digest snapshot;

        private @Nullable Lease lease;

        Attempt(Starting start, Cancellation cancellation) {
            this.start = start;
            this.cancellation = cancellation;
        }

        Outcome outcome() {
            try {
                return findAndThaw();
            } catch (SandboxException e) {
                closeLease();
                if (storeFailure(e) instanceof StoreException why) {
                    return lost(why);
                }
                start.phases().end(Phase.LOAD);
                forget(snapshot, false);
                return failed("sandbox." + e.code().name().toLowerCase(Locale.ROOT), e);
            } catch (StoreException e) {
                closeLease();
                return lost(e);
            } catch (CacheException e) {
                closeLease();
                start.phases().end(Phase.FETCH);
                return failed("cache", e);
            } catch (RuntimeException e) {
                // A fault of ours, with a cause that nobody thought of: a boot may do without what was broken.
                closeLease();
                start.phases().end(Phase.LOAD);
                log.error("instance={} thaw failed unexpectedly", start.instance(), e);
                return failed("unexpected", e);
            }
        }

        private Outcome findAndThaw() throws SandboxException, StoreException, CacheException {
            SnapshotNames.Named named = snapshots.names().of(start.revision());
            Optional<Lease> local = snapshots.local(named);
            if (local.isPresent()) {
                start.phases().end(Phase.RESOLVE);
                return thaw(local.get());
            }
            return switch (resolve(named)) {
                case Snapshots.Lookup.Missing missing -> new Outcome.Impossible(missing.reason());
                case Snapshots.Lookup.Found found -> {
                    snapshot = found.manifest().id();
                    Lease fetched = snapshots.fetch(found.manifest(), cancellation);
                    start.phases().end(Phase.FETCH);
                    yield thaw(fetched);
                }
            };
        }

        private Snapshots.Lookup resolve(SnapshotNames.Named named) throws StoreException {
            Optional<Snapshots.Lookup> known = snapshots.known(named);
            if (known.isPresent()) {
                start.phases().end(phaseOf(known.get()));
                return known.get();
            }
            Snapshots.Lookup lookup;
            try (Admission.Loan _ = start.core().lend()) {
                lookup = snapshots.resolve(named, cancellation);
                start.phases().end(phaseOf(lookup));
            }
            start.phases().end(Phase.ADMIT);
            return lookup;
        }

        private Outcome thaw(Lease found) throws SandboxException, StoreException, CacheException {
            lease = found;
            snapshot = found.manifest().id();
            try {
                return done(found);
            } catch (SandboxException e) {
                if (!(storeFailure(e) instanceof StoreException why) || !isBeyondRepair(why)) {
                    throw e;
                }
                log.warn("snapshot={} its hot companion is of no use, all is fetched: {}", snapshot, why.getMessage());
                found.close();
                Lease whole = snapshots.fetchWhole(found.manifest(), cancellation);
                lease = whole;
                start.phases().end(Phase.FETCH);
                return done(whole);
            }
        }

        private Outcome done(Lease found) throws SandboxException {
            Thawer.Thawed thawed = thaws.thaw(start, found, cancellation);
            return new Outcome.Done(thawed.sandbox(), found, thawed.how());
        }

        /** Bytes of it could not be had. */
        private Outcome lost(StoreException e) {
            start.phases().end(Phase.FETCH);
            // Wrong bytes in the store stay wrong: away with the snapshot, so that this boot's freeze replaces it.
            forget(isBeyondRepair(e) ? snapshot : null, true);
            return failed("store." + e.code().name().toLowerCase(Locale.ROOT), e);
        }

        private Outcome failed(String failure, Exception e) {
            log.warn(
                    "function={} revision={} instance={} thaw failed ({}), booting: {}",
                    start.revision().function(),
                    start.revision().name(),
                    start.instance(),
                    failure,
                    e.getMessage());
            return new Outcome.Failed("the thaw failed: " + e.getMessage(), failure);
        }

        private void closeLease() {
            if (lease != null) {
                lease.close();
            }
        }
    }

    /** That there is nothing to thaw belongs to the decision what to start. */
    private static Phase phaseOf(Snapshots.Lookup lookup) {
        return lookup instanceof Snapshots.Lookup.Found ? Phase.RESOLVE : Phase.ADMIT;
    }

    /** Why the device state could not be had, if that is what went wrong. */
    private static @Nullable Throwable storeFailure(SandboxException e) {
        return e.code() == SandboxException.Code.STATE ? e.getCause() : null;
    }

    private static boolean isBeyondRepair(StoreException e) {
        return e.code() == StoreException.Code.CORRUPT || e.code() == StoreException.Code.NOT_FOUND;
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
