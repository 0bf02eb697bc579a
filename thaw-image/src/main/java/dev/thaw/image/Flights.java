package dev.thaw.image;

import dev.thaw.image.ProgressListener.Progress;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One run for a key at a time, shared by all who ask for it meanwhile. All of them see its progress. A run belongs to none
 * of them: one that stops waiting takes nothing from the others; when the last has gone, the run is interrupted, and the
 * next for its key begins after it has ended.
 */
final class Flights<K, V> implements AutoCloseable {
    @FunctionalInterface
    interface Work<V> {
        V run(ProgressListener listener) throws IOException, InterruptedException;
    }

    private static final class Flight<V> implements ProgressListener {
        private final CompletableFuture<V> result = new CompletableFuture<>();
        private final List<ProgressListener> listeners = new CopyOnWriteArrayList<>();
        private @Nullable Thread thread; // set once, in the map's lock for the key
        private int waiting; // changed in the map's lock for the key

        // What was told last, for those who come later.
        private volatile @Nullable Progress last;

        @Override
        public void onProgress(Progress progress) {
            last = progress;
            listeners.forEach(it -> it.onProgress(progress));
        }

        private void join(ProgressListener listener) {
            waiting++;
            listeners.add(listener);
            Progress now = last;
            if (now != null) {
                listener.onProgress(now);
            }
        }
    }

    private final String name;
    private final Map<K, Flight<V>> flights = new ConcurrentHashMap<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    // Set once by close(), read by threads that begin a flight.
    private volatile boolean closed;

    Flights(String name) {
        this.name = name;
    }

    V run(K key, ProgressListener listener, Work<V> work) throws IOException, InterruptedException {
        Flight<V> flight = flights.compute(key, (_, there) -> join(key, there, listener, work));
        try {
            return flight.result.get();
        } catch (ExecutionException e) {
            throw failure(e.getCause() == null ? e : e.getCause());
        } finally {
            flight.listeners.remove(listener);
            flights.computeIfPresent(key, (_, there) -> leave(flight, there));
        }
    }

    /** Whether there is a run for the key, be it one that nobody waits for any more. */
    boolean isRunning(K key) {
        return flights.containsKey(key);
    }

    private Flight<V> join(K key, @Nullable Flight<V> there, ProgressListener listener, Work<V> work) {
        if (there != null && there.waiting > 0 && !there.result.isDone()) {
            there.join(listener);
            return there;
        }
        Flight<V> flight = new Flight<>();
        flight.join(listener);
        Thread before = there == null ? null : there.thread;
        Thread thread = Thread.ofVirtual().name("thaw-" + name).unstarted(() -> fly(key, flight, before, work));
        flight.thread = thread;
        threads.add(thread);
        thread.start();
        return flight;
    }

    private Flight<V> leave(Flight<V> flight, Flight<V> there) {
        if (there == flight && --flight.waiting == 0 && flight.thread != null) {
            flight.thread.interrupt();
        }
        return there;
    }

    private void fly(K key, Flight<V> flight, @Nullable Thread before, Work<V> work) {
        try {
            if (before != null) {
                before.join();
            }
            if (closed) {
                throw new ImageException(ImageException.Kind.STORAGE, "The image library is closed.");
            }
            flight.result.complete(work.run(flight));
        } catch (Throwable e) {
            flight.result.completeExceptionally(e);
        } finally {
            flights.remove(key, flight);
            threads.remove(Thread.currentThread());
        }
    }

    private static IOException failure(Throwable cause) {
        // Made anew, because several waiters throw it, each with the way it came by.
        return switch (cause) {
            case ImageException e -> new ImageException(e.kind(), String.valueOf(e.getMessage()), e);
            case InterruptedException e ->
                new ImageException(ImageException.Kind.STORAGE, "The image library was closed.", e);
            case IOException e ->
                new ImageException(
                        ImageException.Kind.STORAGE, "The image cannot be read or kept: " + e.getMessage(), e);
            default -> new IOException(cause);
        };
    }

    /** Interrupts every run and waits for it. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Thread thread : List.copyOf(threads)) {
            thread.interrupt();
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
