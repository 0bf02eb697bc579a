package dev.thaw.lazy;

import dev.thaw.store.HostFit;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A snapshot on its way to being open, or open, and how many use it. One that was forgotten is closed with its last use. */
final class OpenSnapshot {
    private final CompletableFuture<LazySnapshot> files = new CompletableFuture<>();
    private final CompletableFuture<LazySnapshot> snapshot = new CompletableFuture<>();
    private final Instant begun;

    /** These are guarded by the owner. */
    private int leases;

    private boolean forgotten;
    private Instant lastUsed;

    OpenSnapshot(Instant now) {
        begun = now;
        lastUsed = now;
    }

    /** The snapshot, as soon as its files are there to be named to a VMM. */
    CompletableFuture<LazySnapshot> files() {
        return files;
    }

    /** The snapshot, as soon as a VMM can load it. */
    CompletableFuture<LazySnapshot> snapshot() {
        return snapshot;
    }

    void fail(Throwable why) {
        files.completeExceptionally(why);
        snapshot.completeExceptionally(why);
    }

    /** There is nothing that can be opened. */
    void cancel() {
        files.cancel(false);
        snapshot.cancel(false);
    }

    void use(Instant now) {
        leases++;
        lastUsed = now;
    }

    void release() {
        leases--;
    }

    int leases() {
        return leases;
    }

    Instant lastUsed() {
        return lastUsed;
    }

    /** Nobody gets it from here on. */
    void forget() {
        forgotten = true;
    }

    /** Everybody has given up waiting for it, and it is not open after so long: it may never be. */
    boolean isStuck(Instant now, Duration patience) {
        return leases == 0 && !snapshot.isDone() && begun.plus(patience).isBefore(now);
    }

    boolean isIdle() {
        return leases == 0 && snapshot.isDone();
    }

    /** The snapshot to be closed now: nobody has it, and nobody will. */
    Optional<LazySnapshot> surplus() {
        return forgotten && isIdle() ? now(files) : Optional.empty();
    }

    /** The snapshot, once it can be thawed; empty before, and when it could not be opened. */
    Optional<LazySnapshot> opened() {
        return now(snapshot);
    }

    private static Optional<LazySnapshot> now(CompletableFuture<LazySnapshot> future) {
        return future.isDone() && !future.isCompletedExceptionally() ? Optional.of(future.join()) : Optional.empty();
    }

    boolean isOf(SnapshotIdentity identity, HostFit fit) {
        Optional<Manifest> manifest = opened().map(LazySnapshot::manifest);
        return manifest.isPresent()
                && manifest.get().identity().equals(identity.id())
                && manifest.get().fit().id().equals(fit.id());
    }
}
