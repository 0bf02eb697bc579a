package dev.thaw.lazy;

import dev.thaw.cache.Lease;
import dev.thaw.cache.ThawReads;
import dev.thaw.store.Manifest;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A hold on a {@link LazySnapshot}. */
final class LazyLease implements Lease {
    private final LazySnapshots owner;
    private final OpenSnapshot entry;
    private final LazySnapshot snapshot;
    private final LazySnapshot.Moment begin;
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param begin what came before it this lease has not waited for */
    LazyLease(LazySnapshots owner, OpenSnapshot entry, LazySnapshot snapshot, LazySnapshot.Moment begin) {
        this.owner = owner;
        this.entry = entry;
        this.snapshot = snapshot;
        this.begin = begin;
    }

    @Override
    public Manifest manifest() {
        return snapshot.manifest();
    }

    @Override
    public Path memory() {
        return snapshot.memory();
    }

    @Override
    public Path state() {
        return snapshot.state();
    }

    @Override
    public Path rootfs() {
        return snapshot.rootfs();
    }

    @Override
    public boolean isReady() {
        return entry.opened().isPresent();
    }

    @Override
    public void awaitState(Cancellation cancellation) throws StoreException {
        owner.awaitState(entry, cancellation);
    }

    @Override
    public long bytesFromOrigin() {
        return snapshot.now().originBytes() - begin.originBytes();
    }

    @Override
    public boolean local() {
        return snapshot.complete() && bytesFromOrigin() == 0;
    }

    @Override
    public void answered(Consumer<ThawReads> report) {
        if (answered.compareAndSet(false, true)) {
            owner.answered(entry, snapshot, begin, report);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            owner.release(entry);
        }
    }
}
