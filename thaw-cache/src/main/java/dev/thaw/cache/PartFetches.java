package dev.thaw.cache;

import dev.thaw.store.Part;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Brings parts here: takes what is here, joins fetches under way, begins the others side by side. */
final class PartFetches {
    /** What a file system needs to note where up to 4 KiB of data lie, and for its own rounding. */
    private static final int NOTE_SHIFT = 8;

    private static final long ROUNDING_BYTES = 16 << 10;

    private final CacheRoom room;
    private final CacheFiles files;
    private final Optional<SnapshotStore> origin;
    private final Map<Part, PartFetch> underWay = new HashMap<>(); // guarded by room.index
    private boolean closed; // guarded by room.index

    PartFetches(CacheRoom room, CacheFiles files, Optional<SnapshotStore> origin) {
        this.room = room;
        this.files = files;
        this.origin = origin;
    }

    /** An upper bound of what a file with this many non-zero bytes takes on the disk. */
    static long estimate(long bytes) {
        return bytes + (bytes >> NOTE_SHIFT) + ROUNDING_BYTES;
    }

    static long estimate(Part part) {
        return estimate(Math.min(part.sizeBytes(), part.denseBytes()));
    }

    /** The parts of a snapshot on their way to one caller, who must {@link #release} or take over the pins. */
    final class Gathering {
        private final String what;
        private final List<CachedPart> held = new ArrayList<>();
        private final List<PartFetch> joined = new ArrayList<>();
        private long originBytes;

        private Gathering(String what) {
            this.what = what;
        }

        /** Waits until all of it is here. */
        void await(Cancellation cancellation) throws StoreException, CacheException {
            while (!joined.isEmpty()) {
                PartFetch.Outcome outcome = joined.getFirst().await(cancellation);
                joined.removeFirst();
                held.add(outcome.part());
                originBytes += outcome.originBytes();
            }
        }

        List<CachedPart> parts() {
            return held;
        }

        long originBytes() {
            return originBytes;
        }

        /** Lets go of everything; fetches that nobody else waits for end. */
        void release() throws CacheException {
            List<PartFetch> unwanted = new ArrayList<>();
            synchronized (room.index) {
                for (PartFetch fetch : joined) {
                    leave(fetch, held).ifPresent(unwanted::add);
                }
            }
            joined.clear();
            unwanted.forEach(fetch -> fetch.cancellation.cancel("nobody waits for it any more"));
            room.unpin(held);
            held.clear();
        }
    }

    /** Begins to bring parts here. */
    Gathering gather(List<Part> parts, String what) throws CacheException {
        Gathering gathering = new Gathering(what);
        List<Part> left = new ArrayList<>(parts);
        boolean done = false;
        try {
            while (!left.isEmpty()) {
                long missing = gatherSome(left, gathering);
                if (missing > 0) {
                    room.makeSomeRoom(missing, what);
                }
            }
            done = true;
            return gathering;
        } finally {
            if (!done) {
                gathering.release();
            }
        }
    }

    /**
     * Holds what is here and joins what is under way; if there is room for the rest fetches that too.
     *
     * @return how many bytes of room are wanted before {@code left}, the rest, can be fetched
     */
    private long gatherSome(List<Part> left, Gathering gathering) throws CacheException {
        synchronized (room.index) {
            for (Part part : List.copyOf(left)) {
                if (holdOrJoin(part, gathering)) {
                    left.remove(part);
                }
            }
            long missing = left.stream().mapToLong(PartFetches::estimate).sum();
            room.index.requirePinnable(missing, gathering.what);
            if (!room.index.hasRoomFor(missing)) {
                return missing;
            }
            for (Part part : left) {
                gathering.joined.add(begin(part, gathering.what));
            }
            left.clear();
            return 0;
        }
    }

    private boolean holdOrJoin(Part part, Gathering gathering) throws CacheException {
        Optional<CachedPart> here = room.index.part(part);
        if (here.isPresent()) {
            room.index.requirePinnable(here.get(), gathering.what);
            room.index.pin(here.get());
            gathering.held.add(here.get());
            return true;
        }
        @Nullable PartFetch fetch = underWay.get(part);
        if (fetch != null) {
            fetch.waiters++;
            gathering.joined.add(fetch);
        }
        return fetch != null;
    }

    private PartFetch begin(Part part, String what) throws CacheException {
        if (closed) {
            throw new CacheException(CacheException.Code.CLOSED, "The cache has been closed.");
        }
        SnapshotStore store = origin.orElseThrow(() -> new CacheException(
                CacheException.Code.MISSING,
                what + " lacks its " + part.kind().label() + " here, and there is no store to fetch it from."));
        PartFetch fetch = new PartFetch(part, estimate(part));
        fetch.waiters = 1;
        underWay.put(part, fetch);
        room.index.reserve(fetch.reservedBytes);
        Thread.ofVirtual().name("fetch-" + part.digest().brief()).start(() -> run(fetch, store));
        return fetch;
    }

    private void run(PartFetch fetch, SnapshotStore store) {
        Path file = files.newFile();
        try {
            long originBytes = store.fetch(fetch.part, file, fetch.cancellation);
            long allocated = AllocatedBytes.of(file);
            FileStamp stamp = FileStamp.of(file);
            commit(fetch, file, allocated, stamp, originBytes);
        } catch (IOException e) {
            fail(fetch, file, PartFetch.failure(fetch.part, e));
        } catch (RuntimeException | Error e) {
            fail(fetch, file, e);
        }
    }

    private void commit(PartFetch fetch, Path file, long allocated, FileStamp stamp, long originBytes)
            throws IOException {
        synchronized (room.index) {
            if (fetch.waiters == 0) {
                throw new StoreException(
                        StoreException.Code.CANCELLED, "Nobody waits for " + fetch.part + " any more.");
            }
            CachedPart part = room.commit(file, fetch.part, allocated, stamp, fetch.waiters);
            underWay.remove(fetch.part, fetch);
            room.index.release(fetch.reservedBytes);
            room.counters.originBytes += originBytes;
            fetch.done.complete(new PartFetch.Outcome(part, originBytes));
        }
    }

    private void fail(PartFetch fetch, Path file, Throwable why) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            why.addSuppressed(e); // the next start sweeps it
        }
        synchronized (room.index) {
            underWay.remove(fetch.part, fetch);
            room.index.release(fetch.reservedBytes);
            room.index.notifyAll();
            fetch.done.completeExceptionally(why);
        }
    }

    /** @return the fetch when nobody waits for it any more */
    private Optional<PartFetch> leave(PartFetch fetch, List<CachedPart> held) {
        if (fetch.done.isDone()) {
            if (!fetch.done.isCompletedExceptionally()) {
                held.add(fetch.done.join().part());
            }
            return Optional.empty();
        }
        if (--fetch.waiters > 0) {
            return Optional.empty();
        }
        underWay.remove(fetch.part, fetch); // whoever comes now begins anew
        return Optional.of(fetch);
    }

    /** Ends what is under way and begins nothing new. */
    void close() {
        List<PartFetch> all;
        synchronized (room.index) {
            closed = true;
            all = List.copyOf(underWay.values());
        }
        all.forEach(fetch -> fetch.cancellation.cancel("the cache is closed"));
        for (PartFetch fetch : all) {
            fetch.done.handle((_, _) -> fetch).join();
        }
    }
}
