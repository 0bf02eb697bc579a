package dev.thaw.image;

import dev.thaw.image.ProgressListener.Progress;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;

/**
 * One run for a key at a time, shared by all who ask for it meanwhile. A run belongs to none of them: one that stops
 * waiting takes nothing from the others. All of them see its progress.
 */
final class Flights<K, V> implements AutoCloseable {
    @FunctionalInterface
    interface Work<V> {
        V run(ProgressListener listener) throws IOException, InterruptedException;
    }

    private static final class Flight<V> implements ProgressListener {
        private final CompletableFuture<V> result = new CompletableFuture<>();
        private final List<ProgressListener> listeners = new CopyOnWriteArrayList<>();

        @Override
        public void onProgress(Progress progress) {
            listeners.forEach(it -> it.onProgress(progress));
        }
    }

    private final String name;
    private final Map<K, Flight<V>> flights = new ConcurrentHashMap<>();
    private final Map<Thread, K> threads = new ConcurrentHashMap<>();
    // Set once by close(), read by threads that begin a flight.
    private volatile boolean closed;

    Flights(String name) {
        this.name = name;
    }

    V run(K key, ProgressListener listener, Work<V> work) throws IOException, InterruptedException {
        Flight<V> flight = flights.computeIfAbsent(key, it -> start(it, work));
        flight.listeners.add(listener);
        try {
            return flight.result.get();
        } catch (ExecutionException e) {
            throw failure(e.getCause() == null ? e : e.getCause());
        } finally {
            flight.listeners.remove(listener);
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

    private Flight<V> start(K key, Work<V> work) {
        Flight<V> flight = new Flight<>();
        Thread thread = Thread.ofVirtual().name("thaw-" + name).unstarted(() -> fly(key, flight, work));
        threads.put(thread, key);
        thread.start();
        return flight;
    }

    private void fly(K key, Flight<V> flight, Work<V> work) {
        try {
            if (closed) {
                throw new ImageException(ImageException.Kind.STORAGE, "The image library is closed.");
            }
            V value = work.run(flight);
            // Removed first: who comes after the result sees what the run has kept.
            flights.remove(key, flight);
            flight.result.complete(value);
        } catch (Throwable e) {
            flights.remove(key, flight);
            flight.result.completeExceptionally(e);
        } finally {
            threads.remove(Thread.currentThread());
        }
    }

    /** Interrupts every run and waits for it. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Thread thread : List.copyOf(threads.keySet())) {
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
