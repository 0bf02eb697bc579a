package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.SealedDocument;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pointers of a store: {@code domains/<folder>/pointers/<identity>/<fit>}, both names blinded, each sealed under its
 * own name. Every write is conditional on what was read before.
 */
final class PointerStore {
    /** How often a change is tried before others are said to write all the time. */
    static final int ATTEMPTS = 10;

    private static final String POINTERS = "pointers";
    private static final int MAX_SEALED_BYTES = Pointer.MAX_BYTES + SealedDocument.overhead(Pointer.MAX_BYTES);
    private static final Logger LOG = LoggerFactory.getLogger(PointerStore.class);

    private final ObjectStore objects;
    private final Domains domains;
    private final SeenGenerations seen = new SeenGenerations();
    private final KnownPointers known;

    /** @param nanoTime as {@link System#nanoTime} */
    PointerStore(ObjectStore objects, Domains domains, LongSupplier nanoTime) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.known = new KnownPointers(nanoTime);
    }

    /**
     * What was read under a key.
     *
     * @param version empty when nothing is there
     * @param pointer empty when nothing is there, or something that cannot be read
     */
    record Read(Domain domain, String key, Optional<String> version, Optional<Pointer> pointer) {
        Optional<StoredSnapshot> snapshot() {
            return pointer.flatMap(Pointer::snapshot);
        }

        boolean pinned() {
            return pointer.map(Pointer::pinned).orElse(false);
        }

        private Condition condition() {
            return version.map(Condition::matches).orElseGet(Condition::absent);
        }

        private long nextGeneration() {
            return pointer.map(Pointer::generation).orElse(0L) + 1;
        }
    }

    static String prefix(Domain domain) {
        return domain.prefix(POINTERS);
    }

    static String prefix(Domain domain, Digest identity) {
        return prefix(domain) + domain.blind(identity) + "/";
    }

    static String key(Domain domain, Digest identity, Digest fit) {
        return prefix(domain, identity) + domain.blind(fit);
    }

    /** @throws StoreException CORRUPT or UNSUPPORTED when what is there cannot be read, or is older than what was seen */
    Read read(Domain domain, String key, Cancellation cancellation) throws StoreException {
        long asOf = known.now();
        Read read = ask(domain, key, cancellation);
        known.learn(key, read.snapshot(), asOf);
        return read;
    }

    /** What a pointer named when it was read or written here last, if that is not longer ago; the store is not asked. */
    Optional<StoredSnapshot> known(String key, Duration notOlderThan) {
        return known.find(key, notOlderThan);
    }

    private Read ask(Domain domain, String key, Cancellation cancellation) throws StoreException {
        try (ObjectReader reader = objects.get(key, ByteRange.all(), cancellation)) {
            byte[] sealed = reader.readAll(MAX_SEALED_BYTES);
            Pointer pointer = Pointer.decode(domains.open(domain, key, sealed, cancellation));
            seen.see(key, pointer.generation());
            return new Read(domain, key, Optional.of(reader.info().version()), Optional.of(pointer));
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return new Read(domain, key, Optional.empty(), Optional.empty());
            }
            throw e;
        }
    }

    /** Like {@link #read}, but for who is going to write: a damaged pointer may be written over. */
    Read readToReplace(Domain domain, String key, Cancellation cancellation) throws StoreException {
        try {
            return read(domain, key, cancellation);
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            LOG.warn("A damaged pointer is written anew key={} reason={}", key, e.getMessage());
            return new Read(
                    domain, key, Optional.of(objects.head(key, cancellation).version()), Optional.empty());
        }
    }

    /** Every pointer of a domain that can be read; others are left out and logged. */
    List<Read> readable(Domain domain, String prefix, Cancellation cancellation) throws StoreException {
        List<Read> readable = new ArrayList<>();
        for (String key : keys(prefix, cancellation)) {
            try {
                readable.add(read(domain, key, cancellation));
            } catch (StoreException e) {
                if (e.code() != StoreException.Code.CORRUPT && e.code() != StoreException.Code.UNSUPPORTED) {
                    throw e;
                }
                LOG.warn("A pointer is left out key={} reason={}", key, e.getMessage());
            }
        }
        return readable;
    }

    List<String> keys(String prefix, Cancellation cancellation) throws StoreException {
        List<String> keys = new ArrayList<>();
        objects.list(prefix, object -> keys.add(object.key()), cancellation);
        return keys;
    }

    /**
     * Replaces what was read. False when somebody else was faster; then nothing has been written.
     *
     * @param snapshot empty to delete
     */
    boolean replace(Read read, Optional<StoredSnapshot> snapshot, boolean pinned, Cancellation cancellation)
            throws StoreException {
        Pointer pointer = new Pointer(generationAfter(read), UUID.randomUUID().toString(), pinned, snapshot);
        byte[] sealed = SealedDocument.seal(read.domain().current(), read.key(), pointer.encode());
        long asOf = known.now();
        try {
            objects.put(read.key(), Body.of(sealed), read.condition(), cancellation);
            seen.see(read.key(), pointer.generation());
            known.learn(read.key(), snapshot, asOf);
            return true;
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.PRECONDITION_FAILED) {
                throw e;
            }
            // A write whose answer was lost and that was then repeated meets itself.
            return read(read.domain(), read.key(), cancellation).pointer().equals(Optional.of(pointer));
        }
    }

    /** What to throw when a change has lost {@link #ATTEMPTS} times. */
    static StoreException contended(String snapshot) {
        return new StoreException(
                StoreException.Code.UNAVAILABLE,
                "The pointer of the snapshot " + snapshot + " is written all the time. Try again.");
    }

    /** Over a pointer that cannot be read, one that is newer than all that were seen. */
    private long generationAfter(Read read) {
        return Math.max(read.nextGeneration(), seen.newest(read.key()) + 1);
    }
}
