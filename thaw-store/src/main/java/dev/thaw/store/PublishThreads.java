package dev.thaw.store;

import dev.thaw.store.object.StoreException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that hash, compress and encrypt what is published. They are nicer than the rest of the process, so that
 * running invocations go first. On Linux setpriority(2) with 0 is for the calling thread alone.
 */
final class PublishThreads implements AutoCloseable {
    private static final int PRIO_PROCESS = 0;
    private static final int NICENESS = 10;
    private static final Logger LOG = LoggerFactory.getLogger(PublishThreads.class);
    private static final MethodHandle SET_PRIORITY = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("setpriority"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final int lanes = Math.max(1, Runtime.getRuntime().availableProcessors());
    private final AtomicInteger count = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool(this::thread);

    private Thread thread(Runnable work) {
        Thread thread = new Thread(
                () -> {
                    beNice();
                    work.run();
                },
                "publish-" + count.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    private static void beNice() {
        try {
            int result = (int) SET_PRIORITY.invokeExact(PRIO_PROCESS, 0, NICENESS);
            if (result != 0) {
                LOG.warn("Publishing runs at the same priority as everything else: setpriority failed.");
            }
        } catch (Throwable e) {
            throw new IllegalStateException("setpriority cannot be called.", e);
        }
    }

    /** How much is done at once: one lane a processor. */
    int lanes() {
        return lanes;
    }

    /** Work that may fail. */
    @FunctionalInterface
    interface Work {
        void run() throws StoreException;
    }

    /** Runs all side by side and waits for all; throws the first failure. */
    void runAll(List<? extends Work> works) throws StoreException {
        List<Future<?>> futures = new ArrayList<>();
        for (Work work : works) {
            futures.add(threads.submit(() -> {
                work.run();
                return true;
            }));
        }
        StoreException failure = null;
        for (Future<?> future : futures) {
            try {
                future.get();
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case StoreException why -> failure = failure == null ? why : failure;
                    case RuntimeException why -> throw why;
                    case null, default -> throw new IllegalStateException("Publishing failed.", e.getCause());
                }
            } catch (InterruptedException e) {
                futures.forEach(other -> other.cancel(true));
                Thread.currentThread().interrupt();
                throw new StoreException(StoreException.Code.CANCELLED, "Interrupted while publishing.", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() {
        threads.close();
    }
}
