package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CachedSnapshot;
import dev.thaw.cache.Lease;
import dev.thaw.cache.ThawReads;
import dev.thaw.store.HostFit;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots that one worker thaws while their bytes arrive. A snapshot is opened once however many clones want it,
 * and stays open for a while after the last of them, so that the next finds its pages in the page cache.
 */
public final class LazySnapshots implements AutoCloseable {
    /** Snapshots that nobody uses and that are kept open, for what the page cache has of them. */
    private static final int KEPT = 32;

    private final SnapshotStore store;
    private final LazyMounts mounts;
    private final Prefetch prefetch;
    private final Filling filling;
    private final Recordings recordings;
    private final Clock clock;
    private final LazyThreads threads;

    /** Guarded by this; least recently used first. */
    private final Map<Digest, OpenSnapshot> open = new LinkedHashMap<>(16, 0.75f, true);

    private boolean closed; // guarded by this

    /** Snapshots of which bytes were wrong, or not there, when a guest wanted them: they are fetched as a whole, and verified, from here on. */
    private final Set<Digest> damaged = Collections.newSetFromMap(Collections.synchronizedMap(new RecentSnapshots<>()));

    /**
     * @param store whose reads go through the worker's cache; stays the caller's
     * @param mounts this object's from here on
     * @param fillBytesPerSecond of what is fetched behind running guests
     */
    public LazySnapshots(
            SnapshotStore store,
            LazyMounts mounts,
            RecordPolicy record,
            Prefetch prefetch,
            long fillBytesPerSecond,
            Clock clock) {
        this.store = requireNonNull(store, "store is null");
        this.mounts = requireNonNull(mounts, "mounts is null");
        this.prefetch = requireNonNull(prefetch, "prefetch is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.threads = new LazyThreads(mounts.patience(), mounts.troubles());
        this.filling = new Filling(threads, fillBytesPerSecond);
        this.recordings = new Recordings(store, mounts, threads, record);
    }

    /** A snapshot that is open already, without asking the store. */
    public Optional<Lease> acquireOpen(SnapshotIdentity identity, HostFit fit) {
        OpenSnapshot entry;
        LazySnapshot snapshot;
        synchronized (this) {
            Optional<OpenSnapshot> here = open.values().stream()
                    .filter(one -> one.isOf(identity, fit))
                    .findFirst();
            if (here.isEmpty()) {
                return Optional.empty();
            }
            entry = here.get();
            entry.use(clock.instant());
            snapshot = entry.snapshot().join();
            open.get(snapshot.manifest().id()); // now the most recently used
        }
        return Optional.of(new LazyLease(this, entry, snapshot, snapshot.now()));
    }

    /**
     * Opens a resolved snapshot, whose bytes arrive from then on. {@link Lease#awaitState} waits for its device state; everything else arrives behind the guest.
     *
     * @return empty when it is to be fetched as a whole: by policy, because nobody has recorded what a thaw touches, or
     *     because its bytes were wrong before
     * @throws StoreException when it cannot be opened
     */
    public Optional<Lease> acquire(Manifest manifest, Cancellation cancellation) throws StoreException {
        if (prefetch == Prefetch.WHOLE || damaged.contains(manifest.id())) {
            return Optional.empty();
        }
        OpenSnapshot entry;
        @Nullable OpenSnapshot stuck = null;
        boolean mine = false;
        synchronized (this) {
            if (closed) {
                return Optional.empty();
            }
            OpenSnapshot known = open.get(manifest.id());
            if (known != null && known.isStuck(clock.instant(), mounts.patience())) {
                forget(manifest.id(), known);
                stuck = known;
                known = null;
            }
            entry = known == null ? new OpenSnapshot(clock.instant()) : known;
            if (known == null) {
                open.put(manifest.id(), entry);
                mine = true;
            }
            entry.use(clock.instant());
        }
        if (stuck != null) {
            stuck.fail(new StoreException(
                    StoreException.Code.UNAVAILABLE, "The snapshot was not open within " + mounts.patience()));
            trim(stuck);
        }
        boolean leased = false;
        try {
            if (mine) {
                begin(manifest, entry, cancellation);
            }
            Optional<LazySnapshot> snapshot = await(entry.files(), cancellation);
            leased = snapshot.isPresent();
            return snapshot.map(one -> new LazyLease(this, entry, one, LazySnapshot.Moment.begin()));
        } finally {
            if (!leased) {
                release(entry);
            }
        }
    }

    private void begin(Manifest manifest, OpenSnapshot entry, Cancellation cancellation) {
        try {
            Optional<SnapshotImages> images = store.images(manifest, cancellation);
            if (images.isEmpty()) {
                forget(manifest.id(), entry);
                entry.cancel();
                return;
            }
            String name = manifest.id().brief() + "-" + Long.toHexString(System.nanoTime());
            LazySnapshot snapshot = LazySnapshot.open(
                    name,
                    images.get(),
                    mounts.memory(),
                    mounts.disk(),
                    threads,
                    prefetch != Prefetch.NONE,
                    why -> lost(manifest.id(), entry, why),
                    (one, reads) -> starved(entry, one, reads));
            if (!entry.files().complete(snapshot)) {
                snapshot.close(); // it was given up meanwhile
                return;
            }
            snapshot.awaitState().whenComplete((_, failure) -> {
                if (failure == null) {
                    entry.snapshot().complete(snapshot);
                    trim(entry); // nobody may want it any more
                } else {
                    failed(manifest.id(), entry, failure);
                }
            });
        } catch (IOException | RuntimeException e) {
            failed(manifest.id(), entry, e);
        }
    }

    /**
     * What is hot does not fit what a thaw does: all of it, at once, costs less than one round trip after the other. Many clones that each miss a
     * little are no such thaw, and are not to share the processors with all of it.
     */
    private void starved(OpenSnapshot entry, LazySnapshot snapshot, int reads) {
        if (prefetch == Prefetch.ALL) {
            threads.executor().execute(() -> {
                if (reads >= ReadCounters.STARVED_READS * leases(entry)) {
                    filling.hurry(snapshot);
                }
            });
        }
    }

    private synchronized int leases(OpenSnapshot entry) {
        return entry.leases();
    }

    /** Whoever comes next tries anew. */
    private void failed(Digest id, OpenSnapshot entry, Throwable why) {
        forget(id, entry);
        entry.fail(why);
        trim(entry); // those who have it named its files to VMMs, which fail by themselves
    }

    /** Some of it could not be had: clones that run keep what they have, the next thaw opens it anew. */
    private void lost(Digest id, OpenSnapshot entry, Exception why) {
        StoreException.Code code = Troubles.codeOf(why);
        if (code == StoreException.Code.CORRUPT || code == StoreException.Code.NOT_FOUND) {
            damaged.add(id);
        }
        forget(id, entry);
        trim(entry);
    }

    private synchronized void forget(Digest id, OpenSnapshot entry) {
        open.remove(id, entry);
        entry.forget();
    }

    /** Waits until a VMM can load it. */
    void awaitState(OpenSnapshot entry, Cancellation cancellation) throws StoreException {
        if (await(entry.snapshot(), cancellation).isEmpty()) {
            throw new StoreException(StoreException.Code.CANCELLED, "The snapshot was closed while it was opened.");
        }
    }

    private static Optional<LazySnapshot> await(CompletableFuture<LazySnapshot> opening, Cancellation cancellation)
            throws StoreException {
        CompletableFuture<LazySnapshot> mine = opening.copy();
        try (Cancellation.Registration _ = cancellation.onCancel(() -> mine.cancel(false))) {
            return Optional.of(mine.get());
        } catch (CancellationException e) {
            cancellation.check();
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while a snapshot was opened.", e);
        } catch (ExecutionException e) {
            if (opening.isCancelled()) {
                return Optional.empty(); // there is nothing to open, and all who waited hear it
            }
            throw failure(e.getCause());
        }
    }

    private static StoreException failure(@Nullable Throwable cause) {
        Throwable why = cause;
        while (why != null && !(why instanceof StoreException) && why.getCause() != null) {
            why = why.getCause();
        }
        if (why instanceof StoreException store) {
            return new StoreException(store.code(), store.getMessage(), store);
        }
        if (why instanceof CancellationException) {
            return new StoreException(StoreException.Code.CANCELLED, "Opening the snapshot was given up.", why);
        }
        return new StoreException(StoreException.Code.UNAVAILABLE, "The snapshot cannot be opened: " + why, why);
    }

    void release(OpenSnapshot entry) {
        synchronized (this) {
            entry.release();
        }
        trim(entry);
    }

    /** Closes what is not to be kept any longer, this one or others. */
    private void trim(OpenSnapshot used) {
        List<LazySnapshot> surplus = new ArrayList<>();
        synchronized (this) {
            used.surplus().ifPresent(surplus::add);
            int idle = (int) open.values().stream().filter(OpenSnapshot::isIdle).count();
            var entries = open.values().iterator();
            while (entries.hasNext() && (idle > KEPT || closed)) {
                OpenSnapshot entry = entries.next();
                if (entry.isIdle()) {
                    entries.remove();
                    idle--;
                    entry.opened().ifPresent(surplus::add);
                }
            }
        }
        surplus.forEach(LazySnapshot::close);
    }

    /**
     * Forgets a snapshot and its cached frames, so that the next thaw opens it anew; clones that run keep what they have. What its thaws missed is
     * remembered: it is the same wherever its bytes come from, and only who opens it anew can miss a block for the second time.
     *
     * @return whether it was open
     */
    public boolean drop(Digest snapshot) {
        OpenSnapshot entry;
        synchronized (this) {
            entry = open.get(snapshot);
            if (entry == null) {
                return false;
            }
            forget(snapshot, entry);
        }
        Optional<LazySnapshot> dropped = entry.opened();
        dropped.ifPresent(one ->
                one.images().forget(one.frames().exceptionally(_ -> List.of()).getNow(List.of())));
        trim(entry);
        return dropped.isPresent();
    }

    /** What is open. What it takes of the disk is counted with the cache of frames. */
    public synchronized List<CachedSnapshot> list() {
        return open.values().stream()
                .flatMap(entry -> entry.opened().stream()
                        .map(one -> new CachedSnapshot(one.manifest(), 0, entry.leases(), false, entry.lastUsed())))
                .toList();
    }

    /** The first invocation of a clone has been answered: what it missed is hot from now on, and the rest may come. */
    void answered(OpenSnapshot entry, LazySnapshot snapshot, LazySnapshot.Moment begin, Consumer<ThawReads> report) {
        LazySnapshot.Moment now = snapshot.now();
        synchronized (this) {
            entry.use(clock.instant()); // a clone may end before what it missed is written
        }
        threads.executor().execute(() -> {
            try {
                report.accept(snapshot.reads(begin, now));
                recordings.refine(snapshot, now);
            } finally {
                release(entry);
            }
            if (prefetch == Prefetch.ALL) {
                filling.fill(snapshot);
            }
        });
    }

    /** How what is hot becomes known. */
    public Recordings recordings() {
        return recordings;
    }

    /** Has each read that ends in an I/O error told, before who reads hears of it; who is told must not wait. */
    public void onFailedRead(Consumer<FailedRead> listener) {
        mounts.onFailedRead(listener);
    }

    /** Before each MiB that is fetched behind running guests, this is waited for. */
    public void fillOnlyIn(Calm calm) {
        filling.onlyIn(calm);
    }

    /** What went wrong so far. */
    public Troubles troubles() {
        return mounts.troubles();
    }

    /** Leaves what running clones use to the next daemon. */
    public void leave() {
        if (end()) {
            mounts.leave();
        }
    }

    /** Closes all, and the mounts: no clone may run any more. */
    @Override
    public void close() {
        if (end()) {
            mounts.close();
        }
    }

    private boolean end() {
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
        }
        threads.close();
        trim(new OpenSnapshot(clock.instant()));
        return true;
    }
}
