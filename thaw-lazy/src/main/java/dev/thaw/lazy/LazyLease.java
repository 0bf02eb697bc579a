package dev.thaw.lazy;

import dev.thaw.cache.Lease;
import dev.thaw.store.Manifest;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** A hold on a {@link LazySnapshot}. */
final class LazyLease implements Lease {
    private final LazySnapshots owner;
    private final LazySnapshot snapshot;
    private final long originBytesBefore;
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param originBytesBefore of the snapshot, that this lease has not waited for */
    LazyLease(LazySnapshots owner, LazySnapshot snapshot, long originBytesBefore) {
        this.owner = owner;
        this.snapshot = snapshot;
        this.originBytesBefore = originBytesBefore;
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
    public long bytesFromOrigin() {
        return snapshot.originBytes() - originBytesBefore;
    }

    @Override
    public boolean local() {
        return snapshot.complete() && bytesFromOrigin() == 0;
    }

    @Override
    public void answered() {
        if (answered.compareAndSet(false, true)) {
            owner.answered(snapshot);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            owner.release(snapshot);
        }
    }
}
