package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.Lease;
import dev.thaw.guest.GuestIdentity;
import dev.thaw.sandbox.BootSpec;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
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
    private final SnapshotThaw thaws;
    private final RootFilesystems images;
    private final InstanceLogs logs;
    private final Clock clock;

    Starter(
            WorkerConfig config,
            SandboxProvider provider,
            SnapshotThaw thaws,
            RootFilesystems images,
            InstanceLogs logs,
            Clock clock) {
        this.config = requireNonNull(config, "config is null");
        this.provider = requireNonNull(provider, "provider is null");
        this.thaws = requireNonNull(thaws, "thaws is null");
        this.images = requireNonNull(images, "images is null");
        this.logs = requireNonNull(logs, "logs is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** A sandbox that runs, how it came to be, and what it holds until it has ended. */
    record Start(Sandbox sandbox, StartRecord record, AutoCloseable held) {}

    /** @throws IOException when the boot failed too */
    Start start(Starting start) throws IOException {
        Instant at = clock.instant();
        return switch (thaws.thaw(start)) {
            case SnapshotThaw.Outcome.Done done -> thawed(at, start, done);
            case SnapshotThaw.Outcome.Undone undone -> booted(at, start, undone);
        };
    }

    private Start thawed(Instant at, Starting start, SnapshotThaw.Outcome.Done done) {
        Lease lease = done.lease();
        boolean local = lease.local();
        StartKind kind = local ? StartKind.THAW_LOCAL : StartKind.THAW_REMOTE;
        String reason = (local ? "the snapshot was on the worker" : "the snapshot was fetched from the store")
                + ", thawed " + done.how();
        keep(
                done.sandbox(),
                start.revision(),
                kind,
                Optional.of(lease.manifest().id()));
        StartRecord record = record(
                at,
                start,
                kind,
                reason,
                "",
                lease.bytesFromOrigin(),
                lease.manifest().logicalBytes());
        return new Start(done.sandbox(), record, lease);
    }

    private Start booted(Instant at, Starting start, SnapshotThaw.Outcome.Undone why) throws IOException {
        start.states().accept(InstanceState.BOOTING);
        Sandbox sandbox = boot(start);
        keep(sandbox, start.revision(), StartKind.BOOT, Optional.empty());
        StartRecord record = record(at, start, StartKind.BOOT, why.reason(), why.failure(), 0, 0);
        return new Start(sandbox, record, () -> {});
    }

    private Sandbox boot(Starting start) throws IOException {
        Revision revision = start.revision();
        RootFilesystems.Rootfs rootfs = images.open(revision);
        start.phases().end(Phase.IMAGE);
        return provider.boot(
                new BootSpec(
                        start.instance(),
                        revision.shape(),
                        rootfs.file(),
                        revision.kernel(),
                        revision.process(),
                        GuestIdentity.fresh(start.instance()),
                        config.readyTimeout(),
                        logs.of(revision, start.instance())),
                start.phases());
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
            Starting start,
            StartKind kind,
            String reason,
            String failure,
            long fetchedBytes,
            long logicalBytes) {
        return new StartRecord(
                at,
                config.name(),
                start.revision().function(),
                start.revision().name(),
                start.instance(),
                kind,
                reason,
                failure,
                start.phases().millis(),
                fetchedBytes,
                logicalBytes);
    }
}
