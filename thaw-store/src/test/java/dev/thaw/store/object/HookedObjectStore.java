package dev.thaw.store.object;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.Consumer;

/** A store that tells a hook of each operation, which may wait, fail, count, or end the process. */
public final class HookedObjectStore implements ObjectStore {
    /** What is done. */
    public enum Operation {
        PUT,
        GET,
        HEAD,
        LIST,
        DELETE
    }

    /** When the hook is told; in the middle only of a write, when about half of its bytes have been taken. */
    public enum Moment {
        BEFORE,
        MIDDLE,
        AFTER
    }

    /** Called in the thread of the operation. */
    @FunctionalInterface
    public interface Hook {
        void at(Operation operation, Moment moment, String key) throws StoreException;
    }

    /** Called in the thread that reads, when about half of a range has been read. */
    @FunctionalInterface
    public interface HalfRead {
        void at(String key, ByteRange range) throws StoreException;
    }

    private final ObjectStore objects;
    private final Hook hook;
    private final HalfRead halfRead;

    public HookedObjectStore(ObjectStore objects, Hook hook) {
        this(objects, hook, (_, _) -> {});
    }

    public HookedObjectStore(ObjectStore objects, Hook hook, HalfRead halfRead) {
        this.objects = objects;
        this.hook = hook;
        this.halfRead = halfRead;
    }

    /** What is to be told between two halves. */
    @FunctionalInterface
    private interface Telling {
        void tell() throws StoreException;
    }

    @Override
    public String put(String key, Body body, Condition condition, Cancellation cancellation) throws StoreException {
        hook.at(Operation.PUT, Moment.BEFORE, key);
        String version = objects.put(key, halved(key, body), condition, cancellation);
        hook.at(Operation.PUT, Moment.AFTER, key);
        return version;
    }

    private Body halved(String key, Body body) {
        return new Body() {
            @Override
            public long lengthBytes() {
                return body.lengthBytes();
            }

            @Override
            public ReadableByteChannel open() throws IOException {
                return new HalvedChannel(
                        body.open(), body.lengthBytes() / 2, () -> hook.at(Operation.PUT, Moment.MIDDLE, key));
            }
        };
    }

    /** Gives the first half, tells it, and gives the rest. */
    private static final class HalvedChannel implements ReadableByteChannel {
        private final ReadableByteChannel in;
        private final Telling telling;
        private long left;
        private boolean told;

        HalvedChannel(ReadableByteChannel in, long half, Telling telling) {
            this.in = in;
            this.left = half;
            this.telling = telling;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            if (left > 0) {
                ByteBuffer part = target.slice(target.position(), (int) Math.min(left, target.remaining()));
                int count = in.read(part);
                left -= count;
                target.position(target.position() + Math.max(0, count));
                return count;
            }
            if (!told) {
                told = true;
                telling.tell();
            }
            return in.read(target);
        }

        @Override
        public boolean isOpen() {
            return in.isOpen();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    @Override
    public ObjectReader get(String key, ByteRange range, Cancellation cancellation) throws StoreException {
        hook.at(Operation.GET, Moment.BEFORE, key);
        ObjectReader reader = objects.get(key, range, cancellation);
        hook.at(Operation.GET, Moment.AFTER, key);
        return new HalvedReader(reader, () -> halfRead.at(key, range));
    }

    private static final class HalvedReader extends ForwardingObjectReader {
        private final HalvedChannel halves;

        HalvedReader(ObjectReader reader, Telling telling) {
            super(reader);
            this.halves = new HalvedChannel(reader, reader.lengthBytes() / 2, telling);
        }

        @Override
        public int read(ByteBuffer target) throws StoreException {
            try {
                return halves.read(target);
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                throw new IllegalStateException("A reader of objects failed in a way that it cannot.", e);
            }
        }
    }

    @Override
    public ObjectInfo head(String key, Cancellation cancellation) throws StoreException {
        hook.at(Operation.HEAD, Moment.BEFORE, key);
        return objects.head(key, cancellation);
    }

    @Override
    public void list(String prefix, Consumer<ListedObject> each, Cancellation cancellation) throws StoreException {
        hook.at(Operation.LIST, Moment.BEFORE, prefix);
        objects.list(prefix, each, cancellation);
        hook.at(Operation.LIST, Moment.AFTER, prefix);
    }

    @Override
    public void delete(String key, Cancellation cancellation) throws StoreException {
        hook.at(Operation.DELETE, Moment.BEFORE, key);
        objects.delete(key, cancellation);
        hook.at(Operation.DELETE, Moment.AFTER, key);
    }

    @Override
    public String location() {
        return objects.location();
    }

    @Override
    public void close() {
        objects.close();
    }
}
