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

    private final ObjectStore objects;
    private final Hook hook;

    public HookedObjectStore(ObjectStore objects, Hook hook) {
        this.objects = objects;
        this.hook = hook;
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
                return new HalvedChannel(key, body.open(), body.lengthBytes() / 2);
            }
        };
    }

    /** Gives the first half, tells the hook, and gives the rest. */
    private final class HalvedChannel implements ReadableByteChannel {
        private final String key;
        private final ReadableByteChannel in;
        private long left;
        private boolean told;

        HalvedChannel(String key, ReadableByteChannel in, long half) {
            this.key = key;
            this.in = in;
            this.left = half;
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
                hook.at(Operation.PUT, Moment.MIDDLE, key);
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
        return reader;
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
