package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What the lazy images of one worker share: threads for what waits, how long they wait, and the counts of misses under way and of what went wrong. */
final class LazyThreads implements AutoCloseable {
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final LazyImage.Faults faults = new LazyImage.Faults();
    private final Duration patience;
    private final Troubles troubles;

    /** @param patience for a block, all attempts together; then who reads it gets an I/O error */
    LazyThreads(Duration patience, Troubles troubles) {
        this.patience = requireNonNull(patience, "patience is null");
        this.troubles = requireNonNull(troubles, "troubles is null");
    }

    ExecutorService executor() {
        return executor;
    }

    LazyImage.Faults faults() {
        return faults;
    }

    Duration patience() {
        return patience;
    }

    Troubles troubles() {
        return troubles;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
