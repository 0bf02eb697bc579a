package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.io.Serial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One caller's read of many frames. What does not open is fetched again; a frame that the origin gives wrong twice does
 * not end the reading: the others are read too, so that all damaged packs are found at once.
 */
final class FrameReading {
    private static final Logger LOG = LoggerFactory.getLogger(FrameReading.class);

    private final FrameReader reader;
    private final FrameSink sink;
    private final Cancellation cancellation;
    private final @Nullable FrameRef urgent;
    private final AtomicLong originBytes = new AtomicLong();
    private final Map<DamagedPack, StoreException> damaged = new ConcurrentHashMap<>();

    /** @param urgent is given before those that come with it */
    FrameReading(FrameReader reader, FrameSink sink, Cancellation cancellation, @Nullable FrameRef urgent) {
        this.urgent = urgent;
        this.reader = requireNonNull(reader, "reader is null");
        this.sink = requireNonNull(sink, "sink is null");
        this.cancellation = requireNonNull(cancellation, "cancellation is null");
    }

    /** A pack whose bytes are wrong, twice. */
    record DamagedPack(String domain, String key) {}

    private static final class DamagedPacks extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1;

        private final transient Set<DamagedPack> packs;

        DamagedPacks(Set<DamagedPack> packs, StoreException cause) {
            super(cause);
            this.packs = Set.copyOf(packs);
        }
    }

    /** Which packs a failure was about, if it was about their bytes. */
    static Set<DamagedPack> damagedPacks(StoreException failure) {
        return failure.getCause() instanceof DamagedPacks cause ? cause.packs : Set.of();
    }

    /** What the sink cannot take is no failure of the store; it travels through as itself. */
    private static final class SinkFailure extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1;

        SinkFailure(IOException cause) {
            super(cause);
        }
    }

    /** Whether the frame was near by, and right. */
    boolean fromCache(FrameRef frame) throws IOException {
        Optional<byte[]> sealed = reader.cache.get(frame.key());
        if (sealed.isEmpty()) {
            return false;
        }
        try {
            open(frame, sealed.get());
            reader.counters.cacheBytes.add(frame.length());
            return true;
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            LOG.warn("A frame in the cache is damaged and is fetched again frame={}", frame.key());
            reader.counters.damagedInCache.increment();
            reader.cache.discard(frame.key());
            return false;
        }
    }

    /**
     * @param groups frames of one pack each, close together and in the order of their offsets
     * @return how many bytes it took
     */
    long fromOrigin(List<List<FrameRef>> groups) throws IOException {
        try {
            Parallel.map(
                    groups,
                    group -> {
                        fetchOrJoin(group);
                        return true;
                    },
                    cancellation);
        } catch (SinkFailure e) {
            throw (IOException) requireNonNull(e.getCause());
        }
        if (!damaged.isEmpty()) {
            StoreException first = damaged.values().iterator().next();
            throw new StoreException(first.code(), first.getMessage(), new DamagedPacks(damaged.keySet(), first));
        }
        return originBytes.get();
    }

    private void fetchOrJoin(List<FrameRef> group) throws StoreException {
        Map<FrameRef, CompletableFuture<byte[]>> others = new HashMap<>();
        Map<FrameKey, CompletableFuture<byte[]>> own = new HashMap<>();
        List<FrameRef> mine = new ArrayList<>();
        for (FrameRef frame : group) {
            CompletableFuture<byte[]> fresh = new CompletableFuture<>();
            CompletableFuture<byte[]> other = reader.underWay.putIfAbsent(frame.key(), fresh);
            if (other == null) {
                own.put(frame.key(), fresh);
            } else {
                others.put(frame, other);
            }
        }
        try {
            for (FrameRef frame : group) {
                // Whoever had it under way may have ended since this reading looked into the cache.
                if (own.containsKey(frame.key()) && !cameMeanwhile(frame)) {
                    mine.add(frame);
                }
            }
            if (!mine.isEmpty()) {
                fetch(mine, own);
            }
        } finally {
            own.forEach((key, future) -> {
                reader.underWay.remove(key, future);
                future.cancel(false); // whoever still waits fetches for itself
            });
        }
        for (Map.Entry<FrameRef, CompletableFuture<byte[]>> other : others.entrySet()) {
            join(other.getKey(), other.getValue());
        }
    }

    private boolean cameMeanwhile(FrameRef frame) throws StoreException {
        try {
            return reader.cache.has(frame.key()) && fromCache(frame);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new SinkFailure(e);
        }
    }

    private void fetch(List<FrameRef> frames, Map<FrameKey, CompletableFuture<byte[]>> own) throws StoreException {
        long from = frames.getFirst().offset();
        byte[] bytes;
        try {
            bytes = get(frames.getFirst(), from, frames.getLast().end() - from);
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            note(frames.getFirst(), e);
            return;
        }
        List<FrameRef> order = new ArrayList<>(frames);
        if (urgent != null && order.remove(urgent)) {
            order.addFirst(urgent);
        }
        for (FrameRef frame : order) {
            byte[] sealed = Arrays.copyOfRange(bytes, (int) (frame.offset() - from), (int) (frame.end() - from));
            Optional<byte[]> right = giveOrReadAgain(frame, sealed);
            if (right.isPresent()) {
                requireNonNull(own.get(frame.key())).complete(right.get());
                reader.cache.put(frame.key(), right.get());
            }
        }
    }

    /** The right bytes, if the origin has them. */
    private Optional<byte[]> giveOrReadAgain(FrameRef frame, byte[] sealed) throws StoreException {
        if (isGiven(frame, sealed)) {
            return Optional.of(sealed);
        }
        reader.counters.damagedInStore.increment();
        byte[] again = get(frame, frame.offset(), frame.length());
        if (isGiven(frame, again)) {
            return Optional.of(again);
        }
        note(
                frame,
                new StoreException(
                        StoreException.Code.CORRUPT,
                        "Frame " + frame.number() + " of pack " + frame.pack()
                                + " in the store is not what was sealed."));
        return Optional.empty();
    }

    private boolean isGiven(FrameRef frame, byte[] sealed) throws StoreException {
        try {
            give(frame, sealed);
            return true;
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            LOG.warn("A frame from the store does not open frame={} reason={}", frame.key(), e.getMessage());
            return false;
        }
    }

    private void note(FrameRef frame, StoreException why) {
        damaged.putIfAbsent(new DamagedPack(frame.domain(), DomainIndex.key(frame)), why);
    }

    private byte[] get(FrameRef frame, long offset, long length) throws StoreException {
        reader.counters.requests.increment();
        try (ObjectReader object =
                reader.objects.get(DomainIndex.key(frame), new ByteRange(offset, length), cancellation)) {
            byte[] bytes = object.readAll(Math.toIntExact(length));
            reader.counters.originBytes.add(bytes.length);
            originBytes.addAndGet(bytes.length);
            return bytes;
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.INVALID) {
                throw new StoreException(
                        StoreException.Code.CORRUPT, DomainIndex.key(frame) + " is shorter than it was.", e);
            }
            throw e;
        }
    }

    /** Another caller fetches it; when that fails this one does. */
    private void join(FrameRef frame, CompletableFuture<byte[]> other) throws StoreException {
        CompletableFuture<byte[]> waiting = other.copy();
        byte[] sealed;
        try (Cancellation.Registration _ = cancellation.onCancel(() -> waiting.cancel(false))) {
            sealed = waiting.join();
        } catch (CompletionException | CancellationException e) {
            cancellation.check();
            fetchOrJoin(List.of(frame));
            return;
        }
        give(frame, sealed);
    }

    private void give(FrameRef frame, byte[] sealed) throws StoreException {
        try {
            open(frame, sealed);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new SinkFailure(e);
        }
    }

    private void open(FrameRef frame, byte[] sealed) throws IOException {
        if (sealed.length != frame.length()) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    "Frame " + frame.key() + " has " + sealed.length + " bytes where " + frame.length() + " belong.");
        }
        try (OpenerPool.Opener opener = reader.openers.take()) {
            opener.cipher().open(reader.domains.keyOf(frame, cancellation), frame, sealed, 0, opener.plain());
            sink.accept(frame, opener.plain());
        }
    }
}
