package dev.thaw.cache;

import dev.thaw.store.HostFit;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.util.List;
import java.util.Optional;

/**
 * The snapshots that one worker keeps on its disk, within a bound, least recently used evicted first. Nothing that a
 * {@link Lease} holds is ever evicted, changed or moved. Safe for concurrent use.
 */
public interface NodeCache extends AutoCloseable {
    /**
     * Brings a snapshot here, as far as it is not here yet, and holds it. However many callers want a part at once, it
     * is fetched once; parts are fetched side by side.
     *
     * @throws StoreException when the store does not give a part, or gives a wrong one; or CANCELLED
     * @throws CacheException when the cache cannot hold it; the worker goes on without
     */
    WholeLease acquire(Manifest manifest, Cancellation cancellation) throws StoreException, CacheException;

    /** Holds a snapshot that is wholly here; never asks the store. Empty as well when what lies here proves damaged. */
    Optional<WholeLease> acquireLocal(SnapshotIdentity identity, HostFit fit) throws CacheException;

    /**
     * Takes in a fresh freeze: memory and state are copied, the root file system is hard-linked where the file systems
     * allow it. Nothing is published; {@link WholeLease#draft} is what a store can publish afterwards.
     *
     * @throws StoreException CORRUPT when a file is not what its digest says; CANCELLED
     * @throws CacheException when the cache cannot hold it
     */
    WholeLease add(SnapshotDraft draft, Cancellation cancellation) throws StoreException, CacheException;

    /** What is here, most recently used first. */
    List<CachedSnapshot> list();

    /**
     * Removes a snapshot, or lets it go once its leases are closed.
     *
     * @return whether it was here
     */
    boolean drop(Digest snapshot) throws CacheException;

    /**
     * Keeps a snapshot from eviction, or no longer, also over restarts.
     *
     * @return whether it is here
     */
    boolean keep(Digest snapshot, boolean keep) throws CacheException;

    CacheStats stats();

    /** Ends fetches under way. Leases stay usable: their files remain where they are. */
    @Override
    void close();
}
