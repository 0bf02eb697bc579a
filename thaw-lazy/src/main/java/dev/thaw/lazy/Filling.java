package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the rest of snapshots into the worker's cache behind running guests: one at a time, slowly, and not while a guest waits for a miss. */
final class Filling {
    private static final int BATCH_BYTES = 1 << 20;

    /** Read side by side in pieces of 1 MiB; a miss still finds a stream of its own. */
    private static final int HURRIED_BATCH_BYTES = 8 << 20;

    private static final long PAUSE_NANOS = 5_000_000;
    private static final Logger log = LoggerFactory.getLogger(Filling.class);

    private final LazyThreads threads;
    private final long bytesPerSecond;

    /** Set by the worker, read by whoever fills. */
    private volatile Calm calm = () -> {};

    Filling(LazyThreads threads, long bytesPerSecond) {
        this.threads = threads;
        this.bytesPerSecond = bytesPerSecond;
    }

    void onlyIn(Calm when) {
        calm = requireNonNull(when, "when is null");
    }

    void fill(LazySnapshot snapshot) {
        fill(snapshot, this::fillSlowly);
    }

    /** Brings it as fast as it comes, for a guest that waits for one miss after the other. */
    void hurry(LazySnapshot snapshot) {
        fill(snapshot, (one, frames) -> fill(one, frames, HURRIED_BATCH_BYTES, this::read));
    }

    private interface Way {
        /** @return false when it was given up, because the snapshot was dropped */
        boolean fill(LazySnapshot snapshot, List<FrameRef> frames) throws IOException;
    }

    private void fill(LazySnapshot snapshot, Way way) {
        if (!snapshot.mayFill()) {
            return;
        }
        try {
            if (way.fill(snapshot, snapshot.frames().join())) {
                snapshot.completed();
            }
        } catch (IOException | RuntimeException e) {
            snapshot.fillAgain();
            log.warn(
                    "The rest of snapshot {} has not been fetched: {}",
                    snapshot.manifest().id(),
                    e.toString());
        }
    }

    private synchronized boolean fillSlowly(LazySnapshot snapshot, List<FrameRef> frames) throws IOException {
        return fill(snapshot, frames, BATCH_BYTES, this::readSlowly);
    }

    private interface BatchReader {
        void read(LazySnapshot snapshot, List<FrameRef> batch, int bytes) throws IOException;
    }

    private static boolean fill(LazySnapshot snapshot, List<FrameRef> frames, int batchBytes, BatchReader reader)
            throws IOException {
        List<FrameRef> batch = new ArrayList<>();
        int bytes = 0;
        for (FrameRef frame : frames) {
            if (snapshot.closed()) {
                return false;
            }
            if (!snapshot.images().isCached(frame)) {
                batch.add(frame);
                bytes += frame.length();
            }
            if (bytes >= batchBytes) {
                reader.read(snapshot, batch, bytes);
                batch.clear();
                bytes = 0;
            }
        }
        if (!batch.isEmpty()) {
            reader.read(snapshot, batch, bytes);
        }
        return true;
    }

    private void readSlowly(LazySnapshot snapshot, List<FrameRef> batch, int bytes) throws IOException {
        long due = System.nanoTime() + (long) (1e9 * bytes / bytesPerSecond);
        try {
            calm.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        while (threads.faults().any() && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        read(snapshot, batch, bytes);
        while (due - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    private void read(LazySnapshot snapshot, List<FrameRef> batch, int bytes) throws IOException {
        snapshot.images().read(batch, (frame, plain) -> {}, Cancellation.never());
    }
}
