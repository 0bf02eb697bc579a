package dev.thaw.node;

import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.ForwardingObjectReader;
import dev.thaw.store.object.ListedObject;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectInfo;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Objects in memory that can be damaged, refused, cut off and held up. */
final class FaultyStore implements ObjectStore {
    /** What is done before each operation; may throw. */
    @FunctionalInterface
    interface Interference {
        void before(String operation, String key) throws StoreException;
    }

    private final ObjectStore objects = new MemoryObjectStore(Clock.systemUTC());

    /** Written by the test, read by all. */
    private volatile Interference interference = (operation, key) -> {};

    /** Bytes after which a read breaks off, or stands still until it is cancelled. Written by the test, read by all. */
    private volatile long cutAfter = Long.MAX_VALUE;

    private volatile boolean standStill;

    /** Only reads of keys with this in them are cut and changed. Written by the test, read by all. */
    private volatile String where = "";

    /** How many more reads have a bit changed in their middle. */
    private final AtomicInteger changes = new AtomicInteger();

    private final LongAdder bytesRead = new LongAdder();

    void interfere(Interference with) {
        interference = with;
    }

    void cutAfter(long bytes, boolean stand) {
        cutAfter = bytes;
        standStill = stand;
    }

    /** As {@link #cutAfter(long, boolean)}, for keys with this in them. */
    void cutAfter(String part, long bytes, boolean stand) {
        where = part;
        cutAfter(bytes, stand);
    }

    /** Changes one bit in the middle of each of the next reads of keys with this in them. */
    void change(String part, int reads) {
        where = part;
        changes.set(reads);
    }

    /** Does no more faults. */
    void heal() {
        interference = (operation, key) -> {};
        where = "";
        changes.set(0);
        cutAfter(Long.MAX_VALUE, false);
    }

    /** Bytes that have been read so far. */
    long bytesRead() {
        return bytesRead.sum();
    }

    List<String> keys() throws StoreException {
        List<String> keys = new ArrayList<>();
        objects.list("", listed -> keys.add(listed.key()), Cancellation.never());
        return keys;
    }

    /** Flips the lowest bit of the byte in the middle. */
    void damage(String key) throws StoreException {
        damage(key, 2);
    }

    /** @param part where to flip a bit: after one so-manieth of the object */
    void damage(String key, int part) throws StoreException {
        byte[] bytes;
        try (ObjectReader reader = objects.get(key, ByteRange.all(), Cancellation.never())) {
            bytes = reader.readAll(1 << 28);
        }
        bytes[bytes.length / part] ^= 1;
        objects.put(key, Body.of(bytes), Condition.always(), Cancellation.never());
    }

    @Override
    public String put(String key, Body body, Condition condition, Cancellation cancellation) throws StoreException {
        interference.before("put", key);
        return objects.put(key, body, condition, cancellation);
    }

    @Override
    public ObjectReader get(String key, ByteRange range, Cancellation cancellation) throws StoreException {
        interference.before("get", key);
        boolean meant = key.contains(where);
        boolean changed = meant && changes.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
        return new Cut(objects.get(key, range, cancellation), meant, changed, cancellation);
    }

    @Override
    public ObjectInfo head(String key, Cancellation cancellation) throws StoreException {
        interference.before("head", key);
        return objects.head(key, cancellation);
    }

    @Override
    public void list(String prefix, Consumer<ListedObject> each, Cancellation cancellation) throws StoreException {
        interference.before("list", prefix);
        objects.list(prefix, each, cancellation);
    }

    @Override
    public void delete(String key, Cancellation cancellation) throws StoreException {
        interference.before("delete", key);
        objects.delete(key, cancellation);
    }

    @Override
    public String location() {
        return "a faulty store";
    }

    @Override
    public void close() {
        objects.close();
    }

    private final class Cut extends ForwardingObjectReader {
        private final long cut;
        private final boolean changed;
        private final Cancellation cancellation;
        private long given;

        Cut(ObjectReader reader, boolean meant, boolean changed, Cancellation cancellation) {
            super(reader);
            this.cut = meant ? cutAfter : Long.MAX_VALUE;
            this.changed = changed;
            this.cancellation = cancellation;
        }

        @Override
        public int read(ByteBuffer target) throws StoreException {
            if (given >= cut) {
                if (standStill) {
                    awaitCancellation();
                }
                throw new StoreException(StoreException.Code.UNAVAILABLE, "The store died in the middle.");
            }
            int limit = target.limit();
            if (limit - target.position() > cut - given) {
                target.limit((int) (target.position() + cut - given));
            }
            int from = target.position();
            try {
                int count = super.read(target);
                change(target, from, count);
                given += Math.max(count, 0);
                bytesRead.add(Math.max(count, 0));
                return count;
            } finally {
                target.limit(limit);
            }
        }

        private void change(ByteBuffer target, int from, int count) {
            long middle = lengthBytes() / 2 - given;
            if (changed && middle >= 0 && middle < count) {
                int at = from + (int) middle;
                target.put(at, (byte) (target.get(at) ^ 1));
            }
        }

        private void awaitCancellation() throws StoreException {
            CountDownLatch cancelled = new CountDownLatch(1);
            try (var registration = cancellation.onCancel(cancelled::countDown)) {
                cancelled.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            cancellation.check();
        }
    }
}
