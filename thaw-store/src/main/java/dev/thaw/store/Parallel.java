package dev.thaw.store;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Requests to a store side by side. */
final class Parallel {
    /** As many streams as an object store gives one client full speed on. */
    static final int STREAMS = 16;

    private Parallel() {}

    /** What is done with each element. */
    @FunctionalInterface
    interface Request<T, R> {
        R of(T element) throws StoreException;
    }

    /**
     * Does it with all elements, {@link #STREAMS} at a time, and gives the results in their order. Ends with the first
     * failure, after all that had begun has ended.
     */
    static <T, R> List<R> map(List<T> elements, Request<T, R> request, Cancellation cancellation)
            throws StoreException {
        if (elements.size() == 1) {
            return List.of(request.of(elements.getFirst()));
        }
        return map(elements, request, () -> {}, cancellation);
    }

    /** @param whenAsked run when all requests are in line; what it asks for comes after them */
    static <T, R> List<R> map(List<T> elements, Request<T, R> request, Runnable whenAsked, Cancellation cancellation)
            throws StoreException {
        Semaphore streams = new Semaphore(STREAMS);
        Cancellation inner = new Cancellation();
        try (Cancellation.Registration _ = cancellation.onCancel(() -> inner.cancel("the caller gave up"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<R>> futures = new ArrayList<>();
            for (T element : elements) {
                futures.add(threads.submit(() -> {
                    streams.acquire();
                    try {
                        inner.check();
                        return request.of(element);
                    } catch (StoreException | RuntimeException e) {
                        inner.cancel("another request failed");
                        throw e;
                    } finally {
                        streams.release();
                    }
                }));
            }
            whenAsked.run();
            return results(futures);
        }
    }

    private static <R> List<R> results(List<Future<R>> futures) throws StoreException {
        List<R> results = new ArrayList<>();
        StoreException failure = null;
        for (Future<R> future : futures) {
            try {
                results.add(future.get());
            } catch (ExecutionException e) {
                failure = worse(failure, failure(e.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                futures.forEach(other -> other.cancel(true));
                throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while waiting for the store.", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    /** That others were cancelled is only the consequence. */
    private static StoreException worse(@Nullable StoreException first, StoreException next) {
        return first == null || first.code() == StoreException.Code.CANCELLED ? next : first;
    }

    private static StoreException failure(@Nullable Throwable cause) {
        return switch (cause) {
            case StoreException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw new IllegalStateException("A request failed in a way that it cannot.", cause);
        };
    }
}
