package dev.thaw.store;

import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pointers of a store: {@code pointers/<identity>/<fit>}. Every write is conditional on what was read before. */
final class PointerStore {
    static final String PREFIX = "pointers/";

    private static final Logger LOG = LoggerFactory.getLogger(PointerStore.class);

    private final ObjectStore objects;

    PointerStore(ObjectStore objects) {
        this.objects = objects;
    }

    /**
     * What was read under a key.
     *
     * @param version empty when nothing is there
     * @param pointer empty when nothing is there, or something that cannot be read
     */
    record Read(String key, Optional<String> version, Optional<Pointer> pointer) {
        Optional<Manifest> manifest() {
            return pointer.flatMap(Pointer::manifest);
        }

        private Condition condition() {
            return version.map(Condition::matches).orElseGet(Condition::absent);
        }

        private long nextGeneration() {
            return pointer.map(Pointer::generation).orElse(0L) + 1;
        }
    }

    static String key(Digest identity, Digest fit) {
        return prefix(identity) + fit.hex();
    }

    static String prefix(Digest identity) {
        return PREFIX + identity.hex() + "/";
    }

    /** @throws StoreException CORRUPT or UNSUPPORTED when what is there cannot be read */
    Read read(String key, Cancellation cancellation) throws StoreException {
        try (ObjectReader reader = objects.get(key, ByteRange.all(), cancellation)) {
            Pointer pointer = Pointer.decode(reader.readAll(Pointer.MAX_BYTES));
            requirePlace(key, pointer);
            return new Read(key, Optional.of(reader.info().version()), Optional.of(pointer));
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return new Read(key, Optional.empty(), Optional.empty());
            }
            throw e;
        }
    }

    /** Like {@link #read}, but for who is going to write: a damaged pointer may be written over. */
    Read readToReplace(String key, Cancellation cancellation) throws StoreException {
        try {
            return read(key, cancellation);
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            LOG.warn("A damaged pointer is written anew key={} reason={}", key, e.getMessage());
            return new Read(key, Optional.of(objects.head(key, cancellation).version()), Optional.empty());
        }
    }

    /**
     * Replaces what was read. False when somebody else was faster; then nothing has been written.
     *
     * @param manifest empty to delete
     */
    boolean replace(Read read, Optional<Manifest> manifest, Cancellation cancellation) throws StoreException {
        Pointer pointer = new Pointer(read.nextGeneration(), UUID.randomUUID().toString(), manifest);
        try {
            objects.put(read.key(), Body.of(pointer.encode()), read.condition(), cancellation);
            return true;
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.PRECONDITION_FAILED) {
                throw e;
            }
            // A write whose answer was lost and that was then repeated meets itself.
            return read(read.key(), cancellation).pointer().equals(Optional.of(pointer));
        }
    }

    /** A pointer that was moved to another key would make a thaw resume what it did not ask for. */
    private static void requirePlace(String key, Pointer pointer) throws StoreException {
        Optional<Manifest> manifest = pointer.manifest();
        if (manifest.isPresent()
                && !key(manifest.get().identity(), manifest.get().fit().id()).equals(key)) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "The pointer " + key + " is that of another snapshot.");
        }
    }
}
