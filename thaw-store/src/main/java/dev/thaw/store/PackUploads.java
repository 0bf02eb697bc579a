package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.PackBuilder;
import dev.thaw.store.chunk.PackIndex;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The packs of one publication on their way into the store: a few at a time, so that memory is bounded. */
final class PackUploads implements AutoCloseable {
    /** Uploads at once; each holds a pack in memory, and so does each lane. */
    private static final int AT_ONCE = 3;

    private final ObjectStore objects;
    private final Domain domain;
    private final Cancellation cancellation;
    private final Cancellation inner = new Cancellation();
    private final Cancellation.Registration registration;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore permits = new Semaphore(AT_ONCE);
    private final List<@Nullable PackIndex> packs = new ArrayList<>(); // guarded by this
    private final List<Future<Void>> uploads = new ArrayList<>(); // guarded by this
    private long storedBytes; // guarded by this

    PackUploads(ObjectStore objects, Domain domain, Cancellation cancellation) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domain = requireNonNull(domain, "domain is null");
        this.cancellation = requireNonNull(cancellation, "cancellation is null");
        this.registration = cancellation.onCancel(() -> inner.cancel("the publication was given up"));
    }

    /** Gives a new pack its number. */
    synchronized int begin() {
        packs.add(null);
        return packs.size() - 1;
    }

    /** Waits while too many are under way. */
    void upload(int number, PackBuilder.Pack pack) throws StoreException {
        cancellation.check();
        inner.check();
        try {
            permits.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while publishing.", e);
        }
        synchronized (this) {
            packs.set(number, pack.index());
            storedBytes += pack.lengthBytes();
            uploads.add(threads.submit(() -> put(pack)));
        }
    }

    private @Nullable Void put(PackBuilder.Pack pack) throws StoreException {
        try {
            inner.check();
            objects.put(
                    DomainIndex.key(domain, pack.index().pack()), Body.of(pack.pieces()), Condition.absent(), inner);
            return null;
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.PRECONDITION_FAILED) {
                // The name is random: it is this very pack, from an attempt whose answer was lost.
                return null;
            }
            inner.cancel("a pack could not be stored: " + e.getMessage());
            throw e;
        } finally {
            permits.release();
        }
    }

    /** Waits until all is stored. */
    List<PackIndex> finish() throws StoreException {
        List<Future<Void>> all;
        synchronized (this) {
            all = List.copyOf(uploads);
        }
        StoreException failure = null;
        for (Future<Void> upload : all) {
            try {
                upload.get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof StoreException why)) {
                    throw new IllegalStateException("An upload failed in a way that it cannot.", e.getCause());
                }
                boolean consequence = why.code() == StoreException.Code.CANCELLED;
                failure = failure == null || !consequence ? why : failure;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while publishing.", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        synchronized (this) {
            // One that was begun and got no block was never sent.
            return packs.stream()
                    .<PackIndex>mapMulti((pack, found) -> {
                        if (pack != null) {
                            found.accept(pack);
                        }
                    })
                    .toList();
        }
    }

    /** After {@link #finish}. */
    synchronized FrameRef frame(int pack, int frame) {
        return requireNonNull(packs.get(pack), "pack is not finished").frames().get(frame);
    }

    synchronized long storedBytes() {
        return storedBytes;
    }

    @Override
    public void close() {
        inner.cancel("the publication has ended");
        registration.close();
        threads.close();
    }
}
