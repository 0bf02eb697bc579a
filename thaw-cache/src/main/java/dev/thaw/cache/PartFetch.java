package dev.thaw.cache;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.Part;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** One fetch of one part, however many wait for it. */
final class PartFetch {
    /** What a fetch ends with: the part, which each waiter then holds, and how many bytes came for it. */
    record Outcome(CachedPart part, long originBytes) {}

    final Part part;
    final long reservedBytes;
    final Cancellation cancellation = new Cancellation();

    /** Completed under the cache's lock, so that whoever leaves knows whether it holds a pin already. */
    final CompletableFuture<Outcome> done = new CompletableFuture<>();

    int waiters; // guarded by the cache's lock

    PartFetch(Part part, long reservedBytes) {
        this.part = part;
        this.reservedBytes = reservedBytes;
    }

    /** Waits for the end of the fetch, or until the caller does not want it any more. */
    Outcome await(Cancellation callers) throws StoreException, CacheException {
        CompletableFuture<Outcome> mine = done.copy();
        try (Cancellation.Registration _ = callers.onCancel(() -> mine.cancel(false))) {
            return mine.get();
        } catch (CancellationException e) {
            callers.check();
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while waiting for " + part + ".", e);
        } catch (ExecutionException e) {
            throw again(requireNonNull(e.getCause()));
        }
    }

    /** The same failure for each waiter, with a trace of its own. */
    private static RuntimeException again(Throwable cause) throws StoreException, CacheException {
        switch (cause) {
            case StoreException e -> throw new StoreException(e.code(), e.getMessage(), e);
            case CacheException e -> throw new CacheException(e.code(), e.getMessage(), e);
            default -> throw new IllegalStateException("A fetch failed in a way that it should not: " + cause, cause);
        }
    }

    /** The failure of a fetch: the store's is passed on, any other is the disk's. */
    static IOException failure(Part part, IOException e) {
        return e instanceof StoreException ? e : CacheFiles.failure("write " + part + " into the cache", e);
    }
}
