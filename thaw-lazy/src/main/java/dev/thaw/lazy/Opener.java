package dev.thaw.lazy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * Threads for opens of a mount's files, which wait in the kernel for an answer of ours. A virtual thread that waits there keeps its carrier, and there are only as many of these
 * as processors: whoever answers might wait for a lock that a virtual thread is next to get, and that one for a carrier.
 */
final class Opener implements AutoCloseable {
    private final ExecutorService threads;

    Opener(String name) {
        threads = Executors.newCachedThreadPool(Thread.ofPlatform()
                .name("thaw-lazy-" + name + "-open-", 0)
                .daemon()
                .factory());
    }

    /** Waits until it is done, which the mount's own threads see to; an interrupt is kept for later. */
    void pin(LazyFile file) throws IOException {
        try {
            CompletableFuture.runAsync(
                            () -> {
                                try {
                                    file.pin();
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            },
                            threads)
                    .join();
        } catch (RejectedExecutionException e) {
            throw new IOException("The mount is closed.", e);
        } catch (CompletionException e) {
            if (e.getCause() instanceof UncheckedIOException failure) {
                throw failure.getCause();
            }
            throw e;
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
