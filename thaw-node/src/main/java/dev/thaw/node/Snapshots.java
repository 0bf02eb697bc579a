package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheException;
import dev.thaw.cache.CachedSnapshot;
import dev.thaw.cache.Lease;
import dev.thaw.cache.NodeCache;
import dev.thaw.cache.WholeLease;
import dev.thaw.lazy.LazySnapshots;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker's way to snapshots: which one a revision has, here or in the store, and whether it fits. */
final class Snapshots {
    private static final Logger log = LoggerFactory.getLogger(Snapshots.class);

    private final SnapshotNames names;
    private final NodeCache cache;
    private final Optional<SnapshotStore> store;
    private final Optional<LazySnapshots> lazy;
    private final Duration pointerAge;

    /**
     * @param places without a store in mode {@code local}
     * @param pointerAge how long what the store said may be used again
     */
    Snapshots(SandboxProvider provider, SnapshotPlaces places, Duration pointerAge) {
        this.names = new SnapshotNames(provider);
        this.pointerAge = requireNonNull(pointerAge, "pointerAge is null");
        this.cache = places.cache();
        this.store = places.store();
        this.lazy = places.lazy();
    }

    /** What was looked for: a snapshot, or the reason why there is none. */
    sealed interface Lookup {
        record Found(Manifest manifest) implements Lookup {}

        record Missing(String reason) implements Lookup {}
    }

    SnapshotNames names() {
        return names;
    }

    /** Whether the worker has all of it already. */
    boolean isHere(Revision revision) {
        try {
            SnapshotNames.Named named = names.of(revision);
            return cache.list().stream().map(CachedSnapshot::manifest).anyMatch(named::isOf);
        } catch (SandboxException e) {
            return false;
        }
    }

    /** A snapshot that is here as a whole, or open already for clones that run or ran. */
    Optional<Lease> local(SnapshotNames.Named named) throws CacheException {
        Optional<? extends Lease> whole = cache.acquireLocal(named.identity(), named.fit());
        if (whole.isPresent()) {
            Lease lease = whole.get();
            return Optional.of(lazy.isPresent() ? lazy.get().recordings().recorded(lease) : lease);
        }
        return lazy.isPresent() ? lazy.get().acquireOpen(named.identity(), named.fit()) : Optional.empty();
    }

    /** What is known without asking the store. */
    Optional<Lookup> known(SnapshotNames.Named named) {
        if (store.isEmpty()) {
            return Optional.of(new Lookup.Missing("there is no snapshot on this worker"));
        }
        return store.get().known(named.identity(), named.fit(), pointerAge).map(Lookup.Found::new);
    }

    /** Asks the store; waits for it. */
    Lookup resolve(SnapshotNames.Named named, Cancellation cancellation) throws StoreException {
        Optional<Manifest> manifest = store.orElseThrow().resolve(named.identity(), named.fit(), cancellation);
        if (manifest.isPresent()) {
            return new Lookup.Found(manifest.get());
        }
        return new Lookup.Missing(store.get().resolveAny(named.identity(), cancellation).stream()
                .flatMap(other -> other.fit().misfit(named.fit()).stream())
                .findFirst()
                .map(misfit -> "the snapshot in the store does not fit this host: " + misfit)
                .orElse("there is no snapshot in the store"));
    }

    /** Opens what is needed first, where that is known, or else fetches the whole. */
    Lease fetch(Manifest manifest, Cancellation cancellation) throws StoreException, CacheException {
        Optional<Lease> opened = lazy.isPresent() ? lazy.get().acquire(manifest, cancellation) : Optional.empty();
        return opened.isPresent() ? opened.get() : fetchWhole(manifest, cancellation);
    }

    Lease fetchWhole(Manifest manifest, Cancellation cancellation) throws StoreException, CacheException {
        return cache.acquire(manifest, cancellation);
    }

    /** Keeps what an instance uses already from eviction; when it is gone from the cache, the instance's own hold on the files has to do. */
    AutoCloseable hold(Optional<Digest> snapshot) {
        Optional<Manifest> here = snapshot.flatMap(id -> cache.list().stream()
                .map(CachedSnapshot::manifest)
                .filter(manifest -> manifest.id().equals(id))
                .findFirst());
        if (here.isEmpty()) {
            return () -> {};
        }
        try {
            return cache.acquire(here.get(), Cancellation.never());
        } catch (StoreException | CacheException e) {
            log.warn("snapshot={} is in use and cannot be held: {}", here.get().id(), e.getMessage());
            return () -> {};
        }
    }

    WholeLease add(SnapshotDraft draft, Cancellation cancellation) throws StoreException, CacheException {
        return cache.add(draft, cancellation);
    }

    /** Makes a snapshot visible to other workers. */
    Optional<Manifest> publish(WholeLease lease, SnapshotIdentity identity, Cancellation cancellation)
            throws StoreException {
        return store.isPresent()
                ? Optional.of(store.get().publish(lease.draft(identity), cancellation))
                : Optional.empty();
    }

    /** Forgets the worker's copy, so that the next thaw fetches it anew. */
    void dropLocal(Digest snapshot) throws CacheException {
        lazy.ifPresent(open -> open.drop(snapshot));
        cache.drop(snapshot);
    }

    /** Forgets a snapshot everywhere: its stored bytes are wrong, and a fresh one will take its place. */
    void discard(Digest snapshot) throws CacheException, StoreException {
        dropLocal(snapshot);
        if (store.isPresent()) {
            store.get().delete(snapshot, Cancellation.never());
        }
    }
}
