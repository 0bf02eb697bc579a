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
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots that one worker thaws while their bytes arrive. A snapshot is opened once however many clones want it,
 * and stays open for a while after the last of them, so that the next finds its pages in the page cache.
 */
public final class LazySnapshots implements AutoCloseable {
    /** Snapshots that nobody uses and that are kept open, for what the page cache has of them. */
    private static final int KEPT = 32;

    private static final Logger log = LoggerFactory.getLogger(LazySnapshots.class);

    private final SnapshotStore store;
    private final LazyMounts mounts;
    private final Path directory;
    private final RecordPolicy record;
    private final Prefetch prefetch;
    private final Filling filling;
    private final Clock clock;
    private final LazyThreads threads = new LazyThreads();

    /** Guarded by this; least recently used first. */
    private final Map<Digest, Entry> open = new LinkedHashMap<>(16, 0.75f, true);

    private boolean closed; // guarded by this

    /** How often snapshots that lie here as a whole have been thawed since one of them had a companion. */
    private final Map<Digest, Integer> thaws = new ConcurrentHashMap<>();

    private static final class Entry {
        final CompletableFuture<LazySnapshot> snapshot = new CompletableFuture<>();
        int leases; // guarded by the owner
        Instant lastUsed; // guarded by the owner

        Entry(Instant now) {
            lastUsed = now;
        }

        /** The snapshot, once it can be thawed; empty before, and when it could not be opened. */
        Optional<LazySnapshot> opened() {
            return snapshot.isDone() && !snapshot.isCompletedExceptionally()
                    ? Optional.of(snapshot.join())
                    : Optional.empty();
        }
    }

    /**
     * @param store whose reads go through the worker's cache; stays the caller's
     * @param mounts this object's from here on
     * @param directory for device states
     * @param fillBytesPerSecond of what is fetched behind running guests
     */
    public LazySnapshots(
            SnapshotStore store,
            LazyMounts mounts,
            Path directory,
            RecordPolicy record,
            Prefetch prefetch,
            long fillBytesPerSecond,
            Clock clock)
            throws IOException {
        this.store = requireNonNull(store, "store is null");
        this.mounts = requireNonNull(mounts, "mounts is null");
        this.directory = Files.createDirectories(directory);
        this.record = requireNonNull(record, "record is null");
        this.prefetch = requireNonNull(prefetch, "prefetch is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.filling = new Filling(threads, fillBytesPerSecond);
        try (var leftovers = Files.newDirectoryStream(directory)) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
    }

    /** A snapshot that is open already, without asking the store. */
    public Optional<Lease> acquireOpen(SnapshotIdentity identity, HostFit fit) {
        LazySnapshot snapshot;
        synchronized (this) {
            Optional<Entry> here = open.values().stream()
                    .filter(entry -> entry.opened()
                            .filter(one -> matches(one.manifest(), identity, fit))
                            .isPresent())
                    .findFirst();
            if (here.isEmpty()) {
                return Optional.empty();
            }
            here.get().leases++;
            snapshot = here.get().snapshot.join();
            here.get().lastUsed = clock.instant();
            open.get(snapshot.manifest().id()); // now the most recently used
        }
        return Optional.of(new LazyLease(this, snapshot, snapshot.now()));
    }

    private static boolean matches(Manifest manifest, SnapshotIdentity identity, HostFit fit) {
        return manifest.identity().equals(identity.id()) && manifest.fit().id().equals(fit.id());
    }

    /**
     * Opens a resolved snapshot and waits for its device state; everything else arrives behind the guest.
     *
     * @return empty when it is to be fetched as a whole: by policy, or because nobody has recorded what a thaw touches
     * @throws StoreException when what is needed first cannot be had
     */
    public Optional<Lease> acquire(Manifest manifest, Cancellation cancellation) throws StoreException {
        if (prefetch == Prefetch.WHOLE) {
            return Optional.empty();
        }
        Entry entry;
        boolean mine = false;
        synchronized (this) {
            if (closed) {
                return Optional.empty();
            }
            Entry known = open.get(manifest.id());
            entry = known == null ? new Entry(clock.instant()) : known;
            if (known == null) {
                open.put(manifest.id(), entry);
                mine = true;
            }
            entry.leases++;
            entry.lastUsed = clock.instant();
        }
        boolean leased = false;
        try {
            if (mine) {
                begin(manifest, entry, cancellation);
            }
            Optional<LazySnapshot> snapshot = await(entry, cancellation);
            leased = snapshot.isPresent();
            return snapshot.map(one -> new LazyLease(this, one, LazySnapshot.Moment.begin()));
        } finally {
            if (!leased) {
                giveUp(manifest, entry);
            }
        }
    }

    private void begin(Manifest manifest, Entry entry, Cancellation cancellation) {
        try {
            Optional<SnapshotImages> images = store.images(manifest, cancellation);
            if (images.isEmpty()) {
                entry.snapshot.cancel(false);
                return;
            }
            String name = manifest.id().brief() + "-" + Long.toHexString(System.nanoTime());
            LazySnapshot snapshot = LazySnapshot.open(
                    name,
                    images.get(),
                    mounts.memory(),
                    mounts.disk(),
                    directory.resolve(name + ".state"),
                    threads,
                    prefetch != Prefetch.NONE);
            snapshot.awaitState().whenComplete((_, failure) -> {
                if (failure == null) {
                    entry.snapshot.complete(snapshot);
                } else {
                    snapshot.close();
                    entry.snapshot.completeExceptionally(failure);
                }
            });
        } catch (IOException | RuntimeException e) {
            entry.snapshot.completeExceptionally(e);
        }
    }

    private static Optional<LazySnapshot> await(Entry entry, Cancellation cancellation) throws StoreException {
        CompletableFuture<LazySnapshot> mine = entry.snapshot.copy();
        try (Cancellation.Registration _ = cancellation.onCancel(() -> mine.cancel(false))) {
            return Optional.of(mine.get());
        } catch (CancellationException e) {
            cancellation.check();
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while a snapshot was opened.", e);
        } catch (ExecutionException e) {
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

    private void giveUp(Manifest manifest, Entry entry) {
        synchronized (this) {
            entry.leases--;
            if (entry.snapshot.isCompletedExceptionally()) {
                open.remove(manifest.id(), entry);
                return;
            }
        }
        trim();
    }

    void release(LazySnapshot snapshot) {
        synchronized (this) {
            Entry entry = open.get(snapshot.manifest().id());
            if (entry != null) {
                entry.leases--;
            }
        }
        trim();
    }

    private void trim() {
        List<LazySnapshot> surplus = new ArrayList<>();
        synchronized (this) {
            int idle = (int) open.values().stream()
                    .filter(entry -> entry.leases == 0 && entry.snapshot.isDone())
                    .count();
            var entries = open.values().iterator();
            while (entries.hasNext() && (idle > KEPT || closed)) {
                Entry entry = entries.next();
                if (entry.leases == 0 && entry.snapshot.isDone()) {
                    entries.remove();
                    idle--;
                    entry.opened().ifPresent(surplus::add);
                }
            }
        }
        surplus.forEach(LazySnapshot::close);
    }

    /**
     * Forgets a snapshot and its cached frames, so that the next thaw opens it anew; clones that run keep what they have.
     *
     * @return whether it was open
     */
    public boolean drop(Digest snapshot) {
        Optional<LazySnapshot> dropped;
        synchronized (this) {
            dropped = Optional.ofNullable(open.remove(snapshot)).flatMap(Entry::opened);
        }
        if (dropped.isEmpty()) {
            return false;
        }
        LazySnapshot opened = dropped.get();
        List<FrameRef> frames = opened.frames().exceptionally(_ -> List.of()).getNow(List.of());
        opened.close();
        opened.images().forget(frames);
        return true;
    }

    /** What is open. What it takes of the disk is counted with the cache of frames. */
    public synchronized List<CachedSnapshot> list() {
        return open.values().stream()
                .flatMap(entry -> entry.opened().stream()
                        .map(one -> new CachedSnapshot(one.manifest(), 0, entry.leases, false, entry.lastUsed)))
                .toList();
    }

    /** The first invocation of a clone has been answered: what it missed is hot from now on, and the rest may come. */
    void answered(LazySnapshot snapshot, LazySnapshot.Moment begin, Consumer<ThawReads> report) {
        LazySnapshot.Moment now = snapshot.now();
        threads.executor().execute(() -> {
            report.accept(snapshot.reads(begin, now));
            refine(snapshot);
            if (prefetch == Prefetch.ALL) {
                filling.fill(snapshot);
            }
        });
    }

    private void refine(LazySnapshot snapshot) {
        if (record == RecordPolicy.NONE || !snapshot.mayRefine()) {
            return;
        }
        try {
            snapshot.frames().join();
            List<HotBlock> missed = snapshot.missed();
            if (missed.size() < WorkingSets.WORTHWHILE_BLOCKS) {
                return;
            }
            List<HotBlock> order = WorkingSets.refined(snapshot.hot(), missed, snapshot.manifest());
            boolean done = snapshot.images().replaceHot(order, snapshot::readBlock, Cancellation.never());
            log.info(
                    "snapshot={} missed={} hot={} refined={}",
                    snapshot.manifest().id(),
                    missed.size(),
                    order.size(),
                    done);
        } catch (StoreException | RuntimeException e) {
            log.warn(
                    "What snapshot {} touches could not be refined",
                    snapshot.manifest().id(),
                    e);
        }
    }

    /**
     * Has a thaw of a snapshot that lies here as a whole recorded up to its first answer, as the policy says: what an
     * invocation touches beyond a clone that is only ready. Every other thaw has the plain files.
     *
     * @param whole the result's from here on
     */
    public Lease recorded(Lease whole) {
        Digest id = whole.manifest().id();
        if (prefetch == Prefetch.WHOLE || !record.isDue(thaws.merge(id, 1, Integer::sum))) {
            return whole;
        }
        try {
            if (hasCompanion(whole.manifest())) {
                return new RecordedLease(whole, record(whole), threads.executor());
            }
            thaws.remove(id); // the next is the first then
        } catch (IOException e) {
            log.warn("snapshot={} a thaw is not recorded: {}", id, e.getMessage());
        }
        return whole;
    }

    private boolean hasCompanion(Manifest manifest) throws StoreException {
        Optional<SnapshotImages> images = store.images(manifest, Cancellation.never());
        images.ifPresent(SnapshotImages::close);
        return images.isPresent();
    }

    /** Whether fresh snapshots are to be recorded by a clone that serves nobody. */
    public boolean recordsClones() {
        return record != RecordPolicy.NONE;
    }

    /** For the recording of what a thaw of a snapshot that lies here as files touches. */
    public Recording record(Lease whole) throws IOException {
        return Recording.begin(mounts.recording(), whole, store);
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
        trim();
        return true;
    }
}
