package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** One kind of object that is watched, and how far its events have been handled: an informer has its list before its handler has. */
final class Watched<T extends HasMetadata> implements ResourceEventHandler<T>, AutoCloseable {
    private final SharedIndexInformer<T> informer;
    private final NameStore<T> store;
    private final ResourceEventHandler<T> handler;
    private final AtomicLong handled = new AtomicLong();

    /** Objects of the first list, or -1 until it has been read. Guarded by this object's lock. */
    private long listed = -1;

    /** Starts to watch. */
    Watched(
            SharedIndexInformer<T> informer,
            NameStore<T> store,
            ResourceEventHandler<T> handler,
            Consumer<Throwable> lost) {
        this.informer = requireNonNull(informer, "informer is null");
        this.store = requireNonNull(store, "store is null");
        this.handler = requireNonNull(handler, "handler is null");
        requireNonNull(lost, "lost is null");
        informer.itemStore(store);
        informer.addEventHandler(this);
        informer.exceptionHandler((started, failure) -> {
            lost.accept(failure);
            return true;
        });
        informer.start();
    }

    /** Whether all that was there at the start has been handled. */
    synchronized boolean synced() {
        if (listed < 0 && informer.hasSynced()) {
            listed = store.size();
        }
        return listed >= 0 && handled.get() >= listed;
    }

    @Override
    public void onAdd(T object) {
        try {
            handler.onAdd(object);
        } finally {
            handled.incrementAndGet();
        }
    }

    @Override
    public void onUpdate(T before, T now) {
        try {
            handler.onUpdate(before, now);
        } finally {
            handled.incrementAndGet();
        }
    }

    @Override
    public void onDelete(T object, boolean finalStateUnknown) {
        try {
            handler.onDelete(object, finalStateUnknown);
        } finally {
            handled.incrementAndGet();
        }
    }

    @Override
    public void close() {
        informer.close();
    }
}
