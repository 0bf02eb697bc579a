package dev.thaw.store;

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

/** A store whose frames are looked for near by first. Closing it does not close the store. */
record CachedReads(ObjectSnapshotStore store, FrameReader reader) implements SnapshotStore {
    @Override
    public Optional<Manifest> resolve(SnapshotIdentity identity, HostFit fit, Cancellation cancellation)
            throws StoreException {
        return store.resolve(identity, fit, cancellation);
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
    public long fetch(Part part, Path file, Cancellation cancellation) throws IOException {
        return store.fetchBy(reader, part, file, cancellation);
    }

    @Override
    public Optional<SnapshotImages> images(Manifest snapshot, Cancellation cancellation) throws StoreException {
        return store.imagesBy(reader, snapshot, cancellation);
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
    public boolean pin(Digest snapshot, boolean pinned, Cancellation cancellation) throws StoreException {
        return store.pin(snapshot, pinned, cancellation);
    }

    @Override
    public List<Manifest> retain(Retention retention, boolean dryRun, Cancellation cancellation) throws StoreException {
        return store.retain(retention, dryRun, cancellation);
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
        reader.openers.close(); // the store is its owner's
    }
}
