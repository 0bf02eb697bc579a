package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheException;
import dev.thaw.cache.WholeLease;
import dev.thaw.sandbox.FrozenSandbox;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the snapshot of an instance: stands it still, copies its memory and state aside, lets it go on, and behind its back takes the copy into the cache, which hashes
 * it, and publishes it.
 */
final class Freezer {
    private static final Logger log = LoggerFactory.getLogger(Freezer.class);

    private static final String PREFIX = "frozen-";

    private final WorkerConfig config;
    private final Snapshots snapshots;
    private final RootFilesystems images;
    private final Recorder recorder;
    private final Clock clock;

    Freezer(WorkerConfig config, Snapshots snapshots, RootFilesystems images, Recorder recorder, Clock clock) {
        this.config = requireNonNull(config, "config is null");
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.images = requireNonNull(images, "images is null");
        this.recorder = requireNonNull(recorder, "recorder is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Makes the folder for what is on its way, and clears away what an earlier daemon was interrupted at. */
    void prepare() throws IOException {
        Files.createDirectories(config.directory());
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(config.directory(), PREFIX + "*")) {
            for (Path folder : unfinished) {
                new Aside(folder).close();
            }
        }
    }

    /**
     * @param goesOn called as soon as the instance takes invocations again; not called when it does not
     * @throws IOException when there is no snapshot, or it could not be published
     */
    FreezeRecord freeze(Revision revision, Sandbox sandbox, Runnable goesOn) throws IOException {
        SnapshotIdentity identity = snapshots.names().identity(revision);
        RootFilesystems.Rootfs rootfs = images.open(revision);
        WholeLease lease;
        long standstill;
        try (Aside aside = new Aside(Files.createTempDirectory(config.directory(), PREFIX))) {
            long begin = System.nanoTime();
            FrozenSandbox frozen = sandbox.freeze(config.hookTimeout());
            try {
                SparseCopy.copy(frozen.memory(), Files.createFile(aside.memory()));
                Files.write(aside.state(), frozen.deviceState());
            } finally {
                goOn(sandbox, frozen);
                goesOn.run();
            }
            standstill = System.nanoTime() - begin;
            lease = keep(revision, identity, rootfs, aside);
        }
        try (lease) {
            log.info(
                    "function={} revision={} instance={} snapshot={} frozen in {} ms",
                    revision.function(),
                    revision.name(),
                    sandbox.id(),
                    lease.manifest().id(),
                    standstill / 1_000_000);
            long publishing = System.nanoTime();
            Optional<Manifest> published = snapshots.publish(lease, identity, Cancellation.never());
            Manifest manifest = published.orElse(lease.manifest());
            Duration publishedIn = Duration.ofNanos(System.nanoTime() - publishing);
            if (published.isPresent() && manifest.equals(lease.manifest())) {
                recorder.record(revision, lease);
            }
            return new FreezeRecord(
                    config.name(),
                    revision.function(),
                    revision.name(),
                    sandbox.id(),
                    manifest.id(),
                    manifest.logicalBytes(),
                    manifest.denseBytes(),
                    Duration.ofNanos(standstill),
                    publishedIn);
        }
    }

    private static void goOn(Sandbox sandbox, FrozenSandbox frozen) throws SandboxException {
        try {
            frozen.resume();
        } catch (SandboxException e) {
            // It would never answer again.
            sandbox.close();
            throw e;
        }
    }

    /** Memory and device state, as files of our own until closed. */
    private record Aside(Path folder) implements AutoCloseable {
        Path memory() {
            return folder.resolve("memory");
        }

        Path state() {
            return folder.resolve("state");
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(memory());
            Files.deleteIfExists(state());
            Files.deleteIfExists(folder);
        }
    }

    private WholeLease keep(Revision revision, SnapshotIdentity identity, RootFilesystems.Rootfs rootfs, Aside aside)
            throws IOException {
        try {
            return snapshots.add(
                    SnapshotDraft.of(
                            identity,
                            snapshots.names().fit(revision.shape()),
                            revision.name(),
                            clock.instant(),
                            aside.memory(),
                            aside.state(),
                            rootfs.file(),
                            rootfs.digest()),
                    Cancellation.never());
        } catch (CacheException e) {
            throw new IOException("the cache does not take the snapshot: " + e.getMessage(), e);
        }
    }
}
