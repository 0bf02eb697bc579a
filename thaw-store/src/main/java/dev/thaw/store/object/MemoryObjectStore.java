package dev.thaw.store.object;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Objects in memory, for tests and as the model that the others are compared with. */
public final class MemoryObjectStore implements ObjectStore {
    private record Stored(byte[] bytes, Instant modified) {
        ObjectInfo info(String key) {
            return new ObjectInfo(key, bytes.length, Digest.of(bytes).hex(), modified);
        }
    }

    private final Clock clock;
    private final TreeMap<String, Stored> objects = new TreeMap<>(); // guarded by this

    public MemoryObjectStore(Clock clock) {
        this.clock = clock;
    }

    @Override
    public String put(String key, Body body, Condition condition, Cancellation cancellation) throws StoreException {
        ObjectKeys.check(key);
        cancellation.check();
        Stored stored = new Stored(readAll(key, body, cancellation), clock.instant());
        synchronized (this) {
            Stored current = objects.get(key);
            boolean holds = switch (condition) {
                case Condition.Always _ -> true;
                case Condition.Absent _ -> current == null;
                case Condition.Matches(String version) ->
                    current != null && current.info(key).version().equals(version);
            };
            if (!holds) {
                throw new StoreException(
                        StoreException.Code.PRECONDITION_FAILED, key + " is not as the writer supposed.");
            }
            objects.put(key, stored);
        }
        return stored.info(key).version();
    }

    private static byte[] readAll(String key, Body body, Cancellation cancellation) throws StoreException {
        try (SourceChannel in = new SourceChannel(key, body)) {
            ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(body.lengthBytes()) + 1);
            while (in.read(all) >= 0) {
                cancellation.check();
            }
            return Arrays.copyOf(all.array(), all.position());
        } catch (IOException e) {
            throw FileErrors.storeException("write " + key, e);
        }
    }

    @Override
    public ObjectReader get(String key, ByteRange range, Cancellation cancellation) throws StoreException {
        Stored stored = stored(key, cancellation);
        long length = range.lengthWithin(key, stored.bytes.length);
        ByteBuffer bytes = ByteBuffer.wrap(stored.bytes, (int) range.offset(), (int) length);
        return new ChannelObjectReader(stored.info(key), length, new BytesChannel(List.of(bytes)), cancellation);
    }

    @Override
    public ObjectInfo head(String key, Cancellation cancellation) throws StoreException {
        return stored(key, cancellation).info(key);
    }

    private synchronized Stored stored(String key, Cancellation cancellation) throws StoreException {
        ObjectKeys.check(key);
        cancellation.check();
        Stored stored = objects.get(key);
        if (stored == null) {
            throw new StoreException(StoreException.Code.NOT_FOUND, "There is no " + key + ".");
        }
        return stored;
    }

    @Override
    public void list(String prefix, Consumer<ListedObject> each, Cancellation cancellation) throws StoreException {
        ObjectKeys.checkPrefix(prefix);
        cancellation.check();
        List<ListedObject> found;
        synchronized (this) {
            found = objects.tailMap(prefix).entrySet().stream()
                    .takeWhile(entry -> entry.getKey().startsWith(prefix))
                    .map(entry ->
                            new ListedObject(entry.getKey(), entry.getValue().bytes.length, entry.getValue().modified))
                    .toList();
        }
        found.forEach(each);
    }

    @Override
    public void delete(String key, Cancellation cancellation) throws StoreException {
        ObjectKeys.check(key);
        cancellation.check();
        synchronized (this) {
            objects.remove(key);
        }
    }

    @Override
    public String location() {
        return "memory:";
    }

    @Override
    public void close() {
        // Nothing to give back.
    }
}
