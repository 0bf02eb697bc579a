package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.HotCompanion;
import dev.thaw.store.chunk.HotMap;
import dev.thaw.store.chunk.HotMap.HotFrame;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Reads hot companions: in ranges side by side, frames given as soon as they are whole, what is touched first before the rest. */
final class HotReader {
    private final ObjectStore objects;
    private final Domains domains;
    private final FrameCounters counters;
    private final OpenerPool openers;

    HotReader(ObjectStore objects, Domains domains, FrameCounters counters, OpenerPool openers) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.counters = requireNonNull(counters, "counters is null");
        this.openers = requireNonNull(openers, "openers is null");
    }

    /**
     * @param head first bytes of the companion that are here already; what follows is read
     * @param map completed as soon as it is known
     * @param whenAsked run when all of it has been asked for
     * @param bytesRead counts what came
     */
    void read(
            Domain domain,
            HotRef ref,
            Optional<HotHead> head,
            CompletableFuture<HotMap> map,
            SnapshotImages.HotSink sink,
            Runnable whenAsked,
            AtomicLong bytesRead,
            Cancellation cancellation)
            throws IOException {
        if (ref.bytes() > HotMap.MAX_BYTES) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "A hot companion of " + ref.bytes() + " bytes is too large.");
        }
        Arrival arrival = new Arrival(domain, ref, head, map, sink, cancellation);
        try (Cancellation.Registration _ = cancellation.onCancel(arrival::goOn)) {
            Parallel.map(
                    arrival.ranges.all(),
                    range -> {
                        arrival.fetch(range);
                        bytesRead.addAndGet(range.length());
                        return true;
                    },
                    whenAsked,
                    cancellation);
        }
        arrival.requireComplete();
    }

    /** Reads the map at the companion's begin alone. */
    HotMap readMap(Domain domain, HotRef ref, Cancellation cancellation) throws StoreException {
        counters.requests.increment();
        String name = ref.key(domain);
        try (ObjectReader object = objects.get(name, new ByteRange(0, ref.mapBytes()), cancellation)) {
            byte[] sealed = object.readAll(ref.mapBytes());
            counters.originBytes.add(sealed.length);
            return open(domain, ref, sealed, cancellation);
        }
    }

    private HotMap open(Domain domain, HotRef ref, byte[] sealed, Cancellation cancellation) throws StoreException {
        String name = ref.key(domain);
        return HotCompanion.openMap(
                domains.keyOf(domain.folder(), HotCompanion.epoch(name, sealed), cancellation),
                domain.folder(),
                name,
                sealed,
                ref.bytes());
    }

    /** One companion on its way. */
    private final class Arrival {
        private final Domain domain;
        private final HotRef ref;
        private final Optional<HotHead> head;
        private final CompletableFuture<HotMap> map;
        private final SnapshotImages.HotSink sink;
        private final Cancellation cancellation;
        private final HotRanges ranges;
        private final byte[] bytes;

        /** Completes when what is in front has been given, or will not be: it is not to share the processors with the rest. */
        private final CompletableFuture<Void> front = new CompletableFuture<>();

        private final long[] arrived; // up to where in the object, by range, 0 where nothing has; guarded by this
        private final BitSet taken = new BitSet(); // by frame; guarded by this
        private @Nullable HotMap opened; // guarded by this

        Arrival(
                Domain domain,
                HotRef ref,
                Optional<HotHead> head,
                CompletableFuture<HotMap> map,
                SnapshotImages.HotSink sink,
                Cancellation cancellation) {
            this.domain = domain;
            this.ref = ref;
            this.head = head;
            this.map = map;
            this.sink = sink;
            this.cancellation = cancellation;
            this.ranges =
                    new HotRanges(ref.bytes(), head.map(HotHead::lengthBytes).orElse(HotRanges.FRONT_BYTES));
            this.bytes = new byte[Math.toIntExact(ref.bytes())];
            this.arrived = new long[ranges.count()];
        }

        void fetch(ByteRange range) throws StoreException {
            try {
                if (range.offset() == 0 && head.isPresent()) {
                    take(head.get());
                } else {
                    read(range);
                }
            } finally {
                goOn(); // what is in front has been given; or something failed, and all of it with that
            }
        }

        /** Nothing waits any more for what is in front. */
        void goOn() {
            front.complete(null);
        }

        /** Takes the front as it comes with the pointer; where it stops coming, what is left is read here. */
        private void take(HotHead front) throws StoreException {
            int had = 0;
            while (had < front.lengthBytes()) {
                int here = front.await(had, cancellation);
                if (here == had) {
                    read(new ByteRange(had, front.lengthBytes() - had));
                    return;
                }
                front.copy(had, here, bytes);
                had = here;
                came(0, here);
                giveDue(front.lengthBytes());
            }
            goOn();
            giveDue(Long.MAX_VALUE); // what has come meanwhile
        }

        private void read(ByteRange range) throws StoreException {
            counters.requests.increment();
            int number = ranges.number(range.offset());
            try (ObjectReader object = open(range)) {
                ByteBuffer target = ByteBuffer.wrap(bytes, (int) range.offset(), (int) range.length());
                while (target.hasRemaining() && isRead(object, target)) {
                    came(number, target.position());
                    if (number == 0) {
                        giveDue(ranges.end(0));
                    } else if (front.isDone()) {
                        giveDue(Long.MAX_VALUE);
                    }
                }
                counters.originBytes.add(range.length());
            }
            if (number == 0) {
                goOn();
            } else {
                front.join();
            }
            giveDue(Long.MAX_VALUE);
        }

        private ObjectReader open(ByteRange range) throws StoreException {
            try {
                return objects.get(ref.key(domain), range, cancellation);
            } catch (StoreException e) {
                throw explained(e);
            }
        }

        /** Reads some, and waits for it. @return false at the end */
        private boolean isRead(ObjectReader object, ByteBuffer target) throws StoreException {
            try {
                return object.read(target) >= 0;
            } catch (StoreException e) {
                throw explained(e);
            }
        }

        private StoreException explained(StoreException e) {
            return e.code() == StoreException.Code.INVALID
                    ? new StoreException(StoreException.Code.CORRUPT, ref.key(domain) + " is shorter than it was.", e)
                    : e;
        }

        private synchronized void came(int range, long end) throws StoreException {
            arrived[range] = end;
            if (opened == null && isHere(0, ref.mapBytes())) {
                byte[] sealed = Arrays.copyOf(bytes, ref.mapBytes());
                opened = HotReader.this.open(domain, ref, sealed, cancellation);
                map.complete(opened);
            }
        }

        /** Whoever has read something gives what is whole, whoever has read that: what is touched first goes first. */
        private void giveDue(long end) throws StoreException {
            for (Optional<HotFrame> due = due(end); due.isPresent(); due = due(end)) {
                give(due.get());
            }
        }

        /** The first frame up to there that is whole and that nobody has taken yet. */
        private synchronized Optional<HotFrame> due(long end) {
            List<HotFrame> frames = opened == null ? List.of() : opened.frames();
            for (int i = taken.nextClearBit(0); i < frames.size(); i = taken.nextClearBit(i + 1)) {
                FrameRef frame = frames.get(i).frame();
                if (frame.end() <= end && isHere(frame.offset(), frame.end())) {
                    taken.set(i);
                    return Optional.of(frames.get(i));
                }
            }
            return Optional.empty();
        }

        private boolean isHere(long from, long to) {
            for (int range = ranges.number(from); range <= ranges.number(to - 1); range++) {
                if (arrived[range] < Math.min(to, ranges.end(range))) {
                    return false;
                }
            }
            return true;
        }

        private void give(HotFrame hot) throws StoreException {
            try (OpenerPool.Opener opener = openers.take()) {
                byte[] plain = new byte[hot.frame().plainBytes()];
                opener.cipher()
                        .open(
                                domains.keyOf(hot.frame(), cancellation),
                                hot.frame(),
                                bytes,
                                (int) hot.frame().offset(),
                                plain);
                sink.accept(hot, plain);
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                throw new StoreException(StoreException.Code.UNAVAILABLE, "Hot bytes cannot be taken: " + e, e);
            }
        }

        synchronized void requireComplete() throws StoreException {
            if (opened == null) {
                throw new StoreException(StoreException.Code.CORRUPT, "A hot companion has no map.");
            }
            if (taken.cardinality() < opened.frames().size()) {
                throw new StoreException(StoreException.Code.CORRUPT, "A hot companion lacks frames.");
            }
        }
    }
}
