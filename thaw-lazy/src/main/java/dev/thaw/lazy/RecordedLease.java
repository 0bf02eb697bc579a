package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.Lease;
import dev.thaw.cache.ThawReads;
import dev.thaw.store.Manifest;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A snapshot that lies here as a whole, thawed through the recording mount: what it touches up to its first answer becomes hot. */
final class RecordedLease implements Lease {
    private static final Logger log = LoggerFactory.getLogger(RecordedLease.class);

    private final Lease whole;
    private final Recording recording;
    private final Executor threads;
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Both are this lease's from here on. */
    RecordedLease(Lease whole, Recording recording, Executor threads) {
        this.whole = requireNonNull(whole, "whole is null");
        this.recording = requireNonNull(recording, "recording is null");
        this.threads = requireNonNull(threads, "threads is null");
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
            threads.execute(() -> merge(touched, report));
        }
    }

    private void merge(Recording.Touched touched, Consumer<ThawReads> report) {
        try {
            report.accept(recording.merge(touched, Cancellation.never()));
        } catch (IOException | RuntimeException e) {
            log.warn(
                    "What an invocation of snapshot {} touches could not be recorded: {}",
                    manifest().id(),
                    e.toString());
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            recording.close();
            whole.close();
        }
    }
}
