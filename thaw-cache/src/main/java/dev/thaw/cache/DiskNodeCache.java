package dev.thaw.cache;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.HostFit;
import dev.thaw.store.Manifest;
import dev.thaw.store.Part;
import dev.thaw.store.PartKind;
import dev.thaw.store.PartSource;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache in a directory of its own, parts as whole files.
 *
 * <h2>Trust</h2>
 *
 * A part is verified while it is written and gets its name only then. As long as size, time and inode of its file stay
 * the same it is handed out without another look. The first time that it is wanted after a restart, and whenever these
 * have changed, it is read and hashed once more. A damaged part goes with every snapshot that has it.
 *
 * <h2>Room</h2>
 *
 * Bytes are charged before they are written, by an upper bound, and corrected to what the file really takes. Room is
 * made by evicting whole snapshots; a file's bytes are free when the file is gone, not when its end was decided.
 *
 * <h2>Locking</h2>
 *
 * One lock guards index, fetches and counters, and renames; reading, writing and deleting bytes happen outside it.
 */
public final class DiskNodeCache implements NodeCache {
    /** An acquisition begins again when a part here proves damaged; a disk that does so for ever is given up. */
    private static final int ATTEMPTS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(DiskNodeCache.class);

    private final CacheFiles files;
    private final CacheIndex index;
    private final CacheRoom room;
    private final PartCheck check;
    private final PartFetches fetches;
    private final PartAdoption adoption;
    private final Clock clock;
    private boolean closed; // guarded by index

    private DiskNodeCache(CacheFiles files, CacheIndex index, Optional<SnapshotStore> origin, Clock clock) {
        this.files = files;
        this.index = index;
        this.room = new CacheRoom(index, files, origin.isEmpty());
        this.check = new PartCheck(room);
        this.fetches = new PartFetches(room, files, origin);
        this.adoption = new PartAdoption(room, files);
        this.clock = requireNonNull(clock, "clock is null");
    }

    /**
     * Opens a cache with what lies in its directory; half-written and unclaimed files are removed. Reads manifests only,
     * no part.
     *
     * @param directory of this cache alone; made where it is not there
     * @param origin where what is not here is fetched from; stays the caller's
     * @throws CacheException UNUSABLE when the directory cannot be used, or another process uses it
     */
    public static DiskNodeCache open(Path directory, CacheBounds bounds, Optional<SnapshotStore> origin, Clock clock)
            throws CacheException {
        CacheIndex index = new CacheIndex(requireNonNull(bounds, "bounds is null"));
        try {
            CacheFiles files = CacheFiles.open(directory);
            boolean done = false;
            try {
                new CacheRecovery(files, index).run();
                DiskNodeCache cache = new DiskNodeCache(files, index, origin, clock);
                cache.room.trim();
                done = true;
                return cache;
            } finally {
                if (!done) {
                    files.close();
                }
            }
        } catch (IOException e) {
            throw CacheFiles.failure("open the cache " + directory, e);
        }
    }

    @Override
    public WholeLease acquire(Manifest manifest, Cancellation cancellation) throws StoreException, CacheException {
        String what = "Snapshot " + manifest.id().brief() + " of " + manifest.revision();
        requireOpen();
        index.requireFits(
                manifest.parts().stream().mapToLong(PartFetches::estimate).sum(), what);
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            Optional<WholeLease> lease = lease(manifest, fetches.gather(manifest.parts(), what), cancellation);
            if (lease.isPresent()) {
                return lease.get();
            }
        }
        throw new CacheException(
                CacheException.Code.UNUSABLE,
                what + " was damaged on the cache's disk " + ATTEMPTS + " times in a row. Check the disk.");
    }

    @Override
    public Optional<WholeLease> acquireLocal(SnapshotIdentity identity, HostFit fit) throws CacheException {
        requireOpen();
        PartFetches.Gathering gathering;
        Manifest manifest;
        synchronized (index) {
            Optional<CachedManifest> here = index.newest(identity.id(), fit.id());
            if (here.isEmpty()) {
                return Optional.empty();
            }
            manifest = here.get().manifest;
            gathering =
                    fetches.gather(manifest.parts(), "Snapshot " + here.get().id.brief());
        }
        try {
            return lease(manifest, gathering, Cancellation.never());
        } catch (StoreException e) {
            throw new IllegalStateException("Parts that are here were not taken from here", e);
        }
    }

    /** Waits for the parts and looks at them. Empty when one was damaged; it has been removed then. */
    private Optional<WholeLease> lease(Manifest manifest, PartFetches.Gathering gathering, Cancellation cancellation)
            throws StoreException, CacheException {
        boolean leased = false;
        try {
            gathering.await(cancellation);
            if (!check.areGood(gathering.parts(), cancellation)) {
                return Optional.empty();
            }
            Optional<WholeLease> lease = register(manifest, List.copyOf(gathering.parts()), gathering.originBytes());
            leased = lease.isPresent();
            if (leased) {
                count(gathering.originBytes());
            }
            return lease;
        } finally {
            if (!leased) {
                gathering.release();
            }
        }
    }

    private void count(long originBytes) {
        synchronized (index) {
            room.counters.hits += originBytes == 0 ? 1 : 0;
            room.counters.misses += originBytes == 0 ? 0 : 1;
        }
    }

    @Override
    public WholeLease add(SnapshotDraft draft, Cancellation cancellation) throws StoreException, CacheException {
        String what = "The freeze of " + draft.revision();
        requireOpen();
        long estimate = 0;
        for (PartSource source : draft.sources()) {
            estimate += PartAdoption.estimate(source);
        }
        index.requireFits(estimate, what);
        List<CachedPart> parts = new ArrayList<>();
        boolean leased = false;
        try {
            for (PartSource source : draft.sources()) {
                parts.add(adoption.adopt(source, what, cancellation));
            }
            Manifest manifest = Manifest.of(
                    draft, part(parts, PartKind.MEMORY), part(parts, PartKind.STATE), part(parts, PartKind.ROOTFS));
            WholeLease lease = register(manifest, List.copyOf(parts), 0)
                    .orElseThrow(() -> new CacheException(
                            CacheException.Code.UNUSABLE, what + " was damaged on the cache's disk. Check the disk."));
            leased = true;
            return lease;
        } finally {
            if (!leased) {
                room.unpin(parts);
            }
        }
    }

    private static Part part(List<CachedPart> parts, PartKind kind) {
        return parts.stream()
                .map(cached -> cached.part)
                .filter(part -> part.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    /**
     * Notes the snapshot as whole, and held once more; the lease takes over the pins. Empty when another caller found a
     * part damaged meanwhile.
     */
    private Optional<WholeLease> register(Manifest manifest, List<CachedPart> parts, long originBytes)
            throws CacheException {
        Instant now = clock.instant();
        synchronized (index) {
            if (parts.stream().anyMatch(part -> part.gone)) {
                return Optional.empty();
            }
            Optional<CachedManifest> known = index.snapshot(manifest.id());
            CachedManifest snapshot = known.isPresent() ? touch(known.get(), now) : create(manifest, parts, now);
            snapshot.leases++;
            return Optional.of(new DiskLease(this, snapshot, parts, originBytes));
        }
    }

    private CachedManifest create(Manifest manifest, List<CachedPart> parts, Instant now) throws CacheException {
        CachedManifest snapshot = new CachedManifest(manifest, parts, false, now);
        try {
            files.writeManifest(snapshot.id, manifest, now);
        } catch (IOException e) {
            throw CacheFiles.failure("note snapshot " + snapshot.id + " in the cache", e);
        }
        index.add(snapshot);
        return snapshot;
    }

    private CachedManifest touch(CachedManifest snapshot, Instant now) {
        snapshot.lastUsed = now;
        try {
            files.touchManifest(snapshot.id, now);
        } catch (IOException e) {
            // Only the order of eviction after a restart suffers; what is here can still be used.
            LOG.warn("The time of last use could not be noted snapshot={} reason={}", snapshot.id, e.toString());
        }
        return snapshot;
    }

    void release(CachedManifest snapshot, List<CachedPart> parts) {
        synchronized (index) {
            snapshot.leases--;
        }
        try {
            room.unpin(parts);
            room.trim();
        } catch (CacheException e) {
            // The holder has nothing to do with it, and the bytes stay charged.
            LOG.warn("Room could not be made after a lease snapshot={}", snapshot.id, e);
        }
    }

    @Override
    public List<CachedSnapshot> list() {
        synchronized (index) {
            return index.byLastUse().stream().map(CachedManifest::describe).toList();
        }
    }

    @Override
    public boolean drop(Digest snapshot) throws CacheException {
        Optional<CachedManifest> here;
        synchronized (index) {
            here = index.snapshot(snapshot);
        }
        return here.isPresent() && room.drop(here.get());
    }

    @Override
    public boolean keep(Digest snapshot, boolean keep) throws CacheException {
        synchronized (index) {
            Optional<CachedManifest> here = index.snapshot(snapshot);
            if (here.isEmpty()) {
                return false;
            }
            try {
                files.writeKeep(snapshot, keep);
            } catch (IOException e) {
                throw CacheFiles.failure("note that snapshot " + snapshot + " is kept", e);
            }
            here.get().keep = keep;
        }
        room.trim();
        return true;
    }

    @Override
    public CacheStats stats() {
        synchronized (index) {
            return room.counters.stats(index);
        }
    }

    private void requireOpen() throws CacheException {
        synchronized (index) {
            if (closed) {
                throw new CacheException(CacheException.Code.CLOSED, "The cache has been closed.");
            }
        }
    }

    @Override
    public void close() {
        synchronized (index) {
            if (closed) {
                return;
            }
            closed = true;
        }
        fetches.close();
        try {
            files.close();
        } catch (IOException e) {
            LOG.warn("The cache's lock could not be given back", e);
        }
    }
}
