package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.Lease;
import dev.thaw.cache.ThawReads;
import dev.thaw.store.Manifest;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot that lies here as a whole, thawed through the recording mount: what it touches up to its first answer becomes hot, and what
 * follows until the guest is at rest. A guest that has answered closes a connection, wakes its timers and waits for the next request; who thaws it
 * would wait for each page of that, and the next request with him.
 */
final class RecordedLease implements Lease {
    private static final Logger log = LoggerFactory.getLogger(RecordedLease.class);

    /** A guest that touches nothing new for so long is at rest. */
    static final Duration REST = Duration.ofMillis(50);

    /** One that does not come to rest is not waited for. */
    private static final int MOST_RESTS = 10;

    private final Lease whole;
    private final Recording recording;
    private final Executor threads;
    private final Duration rest;
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Ends with the lease: nothing is touched any more. */
    private final CountDownLatch used = new CountDownLatch(1);

    /** Who needs the files: the instance, and who publishes what it touched. */
    private final AtomicInteger users = new AtomicInteger(1);

    /**
     * Whole and recording are this lease's from here on.
     *
     * @param rest {@link #REST}
     */
    RecordedLease(Lease whole, Recording recording, Executor threads, Duration rest) {
        this.whole = requireNonNull(whole, "whole is null");
        this.recording = requireNonNull(recording, "recording is null");
        this.threads = requireNonNull(threads, "threads is null");
        this.rest = requireNonNull(rest, "rest is null");
    }

    @Override
    public Manifest manifest() {
        return whole.manifest();
    }

    @Override
    public Path memory() {
        return recording.memory();
    }

    @Override
    public Path state() {
        return whole.state();
    }

    @Override
    public Path rootfs() {
        return recording.rootfs();
    }

    @Override
    public long bytesFromOrigin() {
        return whole.bytesFromOrigin();
    }

    @Override
    public void answered(Consumer<ThawReads> report) {
        if (answered.compareAndSet(false, true)) {
            Recording.Touched touched = recording.touched();
            users.incrementAndGet();
            try {
                threads.execute(() -> merge(touched, report));
            } catch (RejectedExecutionException e) {
                release(); // the worker ends
            }
        }
    }

    private void merge(Recording.Touched touched, Consumer<ThawReads> report) {
        try {
            report.accept(recording.merge(touched, awaitRest(), Cancellation.never()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            log.warn(
                    "What an invocation of snapshot {} touches could not be recorded: {}",
                    manifest().id(),
                    e.toString());
        } finally {
            release();
        }
    }

    /** @return all that has been touched by then */
    private Recording.Touched awaitRest() throws InterruptedException {
        boolean atRest = false;
        int before = recording.touchedBlocks();
        for (int rests = 0; rests < MOST_RESTS && !atRest; rests++) {
            boolean over = used.await(rest.toMillis(), TimeUnit.MILLISECONDS);
            int now = recording.touchedBlocks();
            atRest = over || now == before;
            before = now;
        }
        return recording.touched();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            used.countDown();
            release();
        }
    }

    private void release() {
        if (users.decrementAndGet() == 0) {
            recording.close();
            whole.close();
        }
    }
}
