package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that take requests from the kernel and answer them, or pass them to a file's source, which answers when it can. Each has a descriptor of its own. They never
 * wait for anything but the next request.
 */
final class FuseServer {
    private static final Logger log = LoggerFactory.getLogger(FuseServer.class);

    private final FuseConnection connection;
    private final LazyFiles files;
    private final int readAheadBytes;
    private final LongConsumer forgotten;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch initialized = new CountDownLatch(1);
    private final CountDownLatch ended;

    private final int stop;

    /** Set by who stops the threads, before the flag is raised that wakes them. */
    private volatile boolean stopping;

    /** @param forgotten hears each node that the kernel has let go of */
    FuseServer(FuseConnection connection, LazyFiles files, int readAheadBytes, LongConsumer forgotten)
            throws IOException {
        this.connection = connection;
        this.files = files;
        this.readAheadBytes = readAheadBytes;
        this.forgotten = requireNonNull(forgotten, "forgotten is null");
        stop = Linux.createFlag();
        ended = new CountDownLatch(connection.devices().size());
    }

    void start(String name) {
        for (int device : connection.devices()) {
            threads.add(Thread.ofPlatform()
                    .name("thaw-lazy-" + name + "-" + threads.size())
                    .daemon()
                    .start(() -> serve(device)));
        }
    }

    /** Waits until the kernel has agreed on the protocol; false when it does not in time. */
    boolean awaitInitialized(Duration timeout) throws InterruptedException {
        return initialized.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Waits until the kernel has ended the connection and all threads; false when it does not in time. */
    boolean awaitEnded(Duration timeout) throws InterruptedException {
        return ended.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Ends the threads, not the connection: requests wait for the next daemon. */
    void stop() throws InterruptedException, IOException {
        stopping = true;
        Linux.raiseFlag(stop);
        for (Thread thread : threads) {
            thread.join();
        }
        Linux.close(stop);
    }

    private void serve(int device) {
        try (Arena arena = Arena.ofConfined()) {
            int epoll = Linux.createEpoll();
            try {
                Linux.watch(epoll, device, Linux.EPOLLEXCLUSIVE);
                Linux.watch(epoll, stop, 0);
                serve(device, epoll, arena);
            } finally {
                Linux.close(epoll);
            }
        } catch (IOException e) {
            log.error("Requests of a mount cannot be waited for", e);
        } finally {
            ended.countDown();
        }
    }

    private void serve(int device, int epoll, Arena arena) {
        MemorySegment state = Linux.callState(arena);
        MemorySegment event = arena.allocate(Linux.EPOLL_EVENT_BYTES, Long.BYTES);
        MemorySegment buffer = arena.allocate(FuseProtocol.REQUEST_BUFFER_BYTES, Long.BYTES);
        while (!stopping) {
            long result = Linux.awaitEvent(state, epoll, event);
            if (result > 0 && !stopping) {
                result = Linux.read(state, device, buffer);
                if (result >= 0) {
                    handle(device, buffer.asSlice(0, result), System.nanoTime());
                }
            }
            // EAGAIN: another thread was sooner. ENOENT: its caller gave up. ENODEV: the mount is gone.
            if (result == -Linux.ENODEV) {
                return;
            }
            if (result < 0 && result != -Linux.EINTR && result != -Linux.EAGAIN && result != -Linux.ENOENT) {
                log.error("Requests of a mount cannot be read any more: errno {}", -result);
                return;
            }
        }
    }

    private void handle(int device, MemorySegment message, long startNanos) {
        Optional<FuseRequest> request = FuseDecoder.decode(message);
        if (request.isEmpty()) {
            log.warn("The kernel sent {} bytes, which are no request", message.byteSize());
        } else if (request.get() instanceof FuseRequest.Read read) {
            read(device, read, startNanos);
        } else {
            answer(device, request.get());
        }
    }

    private void answer(int device, FuseRequest request) {
        switch (request) {
            case FuseRequest.Lookup lookup -> lookup(device, lookup);
            case FuseRequest.GetAttr get -> attributes(device, get);
            case FuseRequest.Open open -> open(device, open);
            case FuseRequest.Init init -> init(device, init);
            case FuseRequest.StatFs statFs -> statFs(device, statFs);
            case FuseRequest.Release release -> connection.answer(device, release.unique(), body -> 0);
            case FuseRequest.Destroy destroy -> connection.answer(device, destroy.unique(), body -> 0);
            case FuseRequest.Malformed malformed -> {
                log.warn("The kernel sent a request that breaks the protocol: {}", malformed.reason());
                connection.refuse(device, malformed.unique(), Linux.EIO);
            }
            case FuseRequest.Other other -> connection.refuse(device, other.unique(), Linux.ENOSYS);
            case FuseRequest.Forget forget -> forget.nodes().forEach(forgotten::accept);
            // Not answered: the read goes on, and who waits for it in vain is let go by the kernel when it is killed.
            case FuseRequest.Interrupt interrupt -> log.trace("{} is interrupted", interrupt.interrupted());
            case FuseRequest.Read read -> throw new AssertionError(read);
        }
    }

    private void read(int device, FuseRequest.Read request, long startNanos) {
        Optional<LazyFile> known = files.node(request.node());
        if (known.isEmpty()) {
            connection.refuse(device, request.unique(), Linux.EIO);
            return;
        }
        LazyFile file = known.get();
        if (request.offset() >= file.sizeBytes()) {
            connection.answer(device, request.unique(), body -> 0);
            return;
        }
        int length = (int) Math.min(request.size(), file.sizeBytes() - request.offset());
        ReadInProgress read = new ReadInProgress(connection, device, request, file, length, startNanos);
        file.reads().add(read);
        file.touches().touched(request.offset(), length);
        try {
            file.source().read(read.blocksOffset(), read.blocksLength(), read);
        } catch (RuntimeException e) {
            read.failed(e);
        }
        read.asked();
    }

    private void lookup(int device, FuseRequest.Lookup lookup) {
        Optional<LazyFile> file = lookup.parent() == FuseProtocol.ROOT ? files.named(lookup.name()) : Optional.empty();
        if (file.isEmpty()) {
            connection.refuse(device, lookup.unique(), Linux.ENOENT);
            return;
        }
        connection.answer(
                device,
                lookup.unique(),
                body -> FuseBodies.entry(body, file.get().node(), file.get().sizeBytes()));
    }

    private void attributes(int device, FuseRequest.GetAttr get) {
        if (get.node() == FuseProtocol.ROOT) {
            connection.answer(device, get.unique(), FuseBodies::rootAttributes);
            return;
        }
        Optional<LazyFile> file = files.node(get.node());
        if (file.isEmpty()) {
            connection.refuse(device, get.unique(), Linux.EIO);
            return;
        }
        connection.answer(
                device,
                get.unique(),
                body -> FuseBodies.fileAttributes(body, get.node(), file.get().sizeBytes()));
    }

    private void open(int device, FuseRequest.Open open) {
        if ((open.flags() & 3) != 0) {
            connection.refuse(device, open.unique(), Linux.EROFS);
        } else if (files.node(open.node()).isEmpty()) {
            connection.refuse(device, open.unique(), Linux.ENOENT);
        } else {
            connection.answer(device, open.unique(), body -> FuseBodies.open(body, open.node()));
        }
    }

    private void init(int device, FuseRequest.Init init) {
        if (init.major() != FuseProtocol.MAJOR || init.minor() < FuseProtocol.LEAST_MINOR) {
            log.error(
                    "The kernel speaks FUSE {}.{}; {}.{} is needed",
                    init.major(),
                    init.minor(),
                    FuseProtocol.MAJOR,
                    FuseProtocol.LEAST_MINOR);
            connection.refuse(device, init.unique(), Linux.EIO);
            return;
        }
        connection.answer(device, init.unique(), body -> FuseBodies.init(body, init, readAheadBytes));
        initialized.countDown();
    }

    private void statFs(int device, FuseRequest.StatFs statFs) {
        long total = 0;
        int count = 0;
        for (LazyFile file : files.all()) {
            total += file.sizeBytes();
            count++;
        }
        long bytes = total;
        int number = count;
        connection.answer(device, statFs.unique(), body -> FuseBodies.statFs(body, bytes, number));
    }
}
