package dev.thaw.cache;

import dev.thaw.store.Collected;
import dev.thaw.store.FrameCache;
import dev.thaw.store.HostFit;
import dev.thaw.store.Manifest;
import dev.thaw.store.Part;
import dev.thaw.store.ReadStats;
import dev.thaw.store.Retention;
import dev.thaw.store.SnapshotDraft;
import dev.thaw.store.SnapshotIdentity;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.StoreCheck;
import dev.thaw.store.StoreUsage;
import dev.thaw.store.chunk.HotCompanion.BlockReader;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A real store whose fetches are counted, and can be held up. */
final class GatedStore implements SnapshotStore {
    final AtomicInteger fetches = new AtomicInteger();
    final Semaphore gate = new Semaphore(Integer.MAX_VALUE / 2);
    private final SnapshotStore store;

    GatedStore(SnapshotStore store) {
        this.store = store;
    }

    /** No fetch goes on until {@link #open}. */
    void shut() {
        gate.drainPermits();
    }

    void open() {
        gate.release(Integer.MAX_VALUE / 2);
    }

    @Override
    public long fetch(Part part, Path file, Cancellation cancellation) throws IOException {
        fetches.incrementAndGet();
        Thread fetcher = Thread.currentThread();
        try (Cancellation.Registration _ = cancellation.onCancel(fetcher::interrupt)) {
            gate.acquire();
        } catch (InterruptedException e) {
            throw new StoreException(StoreException.Code.CANCELLED, "Cancelled at the gate", e);
        }
        return store.fetch(part, file, cancellation);
    }

    @Override
    public Optional<Manifest> resolve(SnapshotIdentity identity, HostFit fit, Cancellation cancellation)
            throws StoreException {
        return store.resolve(identity, fit, cancellation);
    }

    @Override
    public Optional<Manifest> known(SnapshotIdentity identity, HostFit fit, Duration notOlderThan) {
        return store.known(identity, fit, notOlderThan);
    }

    @Override
    public void refresh(SnapshotIdentity identity, HostFit fit, Cancellation cancellation) throws StoreException {
        store.refresh(identity, fit, cancellation);
    }

    @Override
    public List<Manifest> resolveAny(SnapshotIdentity identity, Cancellation cancellation) throws StoreException {
        return store.resolveAny(identity, cancellation);
    }

    @Override
    public Manifest publish(SnapshotDraft draft, Cancellation cancellation) throws StoreException {
        return store.publish(draft, cancellation);
    }

    @Override
    public Optional<SnapshotImages> images(Manifest snapshot, Cancellation cancellation) throws StoreException {
        return store.images(snapshot, cancellation);
    }

    @Override
    public boolean publishHot(Manifest snapshot, List<HotBlock> order, BlockReader blocks, Cancellation cancellation)
            throws StoreException {
        return store.publishHot(snapshot, order, blocks, cancellation);
    }

    @Override
    public List<Manifest> list(Cancellation cancellation) throws StoreException {
        return store.list(cancellation);
    }

    @Override
    public void delete(Digest snapshot, Cancellation cancellation) throws StoreException {
        store.delete(snapshot, cancellation);
    }

    @Override
    public Collected collect(Duration grace, boolean dryRun, Cancellation cancellation) throws StoreException {
        return store.collect(grace, dryRun, cancellation);
    }

    @Override
    public StoreUsage usage(Cancellation cancellation) throws StoreException {
        return store.usage(cancellation);
    }

    @Override
    public List<StoreUsage.Share> usageOf(Digest snapshot, Cancellation cancellation) throws StoreException {
        return store.usageOf(snapshot, cancellation);
    }

    @Override
    public StoreCheck check(boolean repair, List<FrameCache> copies, Cancellation cancellation) throws StoreException {
        return store.check(repair, copies, cancellation);
    }

    @Override
    public boolean pin(Digest snapshot, boolean pinned, Cancellation cancellation) throws StoreException {
        return store.pin(snapshot, pinned, cancellation);
    }

    @Override
    public List<Manifest> retain(Retention retention, boolean dryRun, Cancellation cancellation) throws StoreException {
        return store.retain(retention, dryRun, cancellation);
    }

    @Override
    public ReadStats readStats() {
        return store.readStats();
    }

    @Override
    public SnapshotStore through(FrameCache cache) {
        return store.through(cache);
    }

    @Override
    public String location() {
        return store.location();
    }

    @Override
    public void close() {
        store.close();
    }
}
