package dev.thaw.lazy;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What the lazy images of one worker share: threads for what waits, and the count of misses under way. */
final class LazyThreads implements AutoCloseable {
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final LazyImage.Faults faults = new LazyImage.Faults();

    ExecutorService executor() {
        return executor;
    }

    LazyImage.Faults faults() {
        return faults;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
