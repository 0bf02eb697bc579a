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
import java.nio.ByteBuffer;
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

    /** Of heads that are kept: for a hundred functions in service and more, but a small part of the heap. */
    private static final long HEADS_BYTES =
            Math.min(512L << 20, Runtime.getRuntime().maxMemory() / 16);

    private static final String POINTERS = "pointers";
    private static final Logger LOG = LoggerFactory.getLogger(PointerStore.class);

    private final ObjectStore objects;
    private final Domains domains;
    private final SeenGenerations seen = new SeenGenerations();
    private final KnownPointers known;
    private final HotHeads heads = new HotHeads(HEADS_BYTES);

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
     * @param head first bytes of the hot companion that it names; none where it has none, or it was not asked for
     */
    record Read(Domain domain, String key, Optional<String> version, Optional<Pointer> pointer, HotHead head) {
        static Read nothing(Domain domain, String key, Optional<String> version) {
            return new Read(domain, key, version, Optional.empty(), HotHead.none());
        }

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

    /**
     * Reads what it says, and no head.
     *
     * @throws StoreException CORRUPT or UNSUPPORTED when what is there cannot be read, or is older than what was seen
     */
    Read read(Domain domain, String key, Cancellation cancellation) throws StoreException {
        long asOf = known.now();
        Read read = ask(
                domain, key, ByteRange.first(PointerObject.MAX_DOCUMENT_BYTES), PointerStore::leaveHead, cancellation);
        if (!known.confirm(key, read.version(), asOf)) {
            known.learnWithoutHead(key, read.snapshot(), asOf);
        }
        return read;
    }

    /** Like {@link #read}, with its head. */
    Read readWhole(Domain domain, String key, Cancellation cancellation) throws StoreException {
        return readAndLearn(domain, key, PointerStore::readHead, cancellation);
    }

    /** Like {@link #readWhole}, for who is in a hurry: the head comes behind, in a thread of its own. */
    Read readAhead(Domain domain, String key, Cancellation cancellation) throws StoreException {
        return readAndLearn(domain, key, PointerStore::readHeadBehind, cancellation);
    }

    private Read readAndLearn(Domain domain, String key, HeadReading reading, Cancellation cancellation)
            throws StoreException {
        long asOf = known.now();
        Read read = ask(domain, key, ByteRange.all(), reading, cancellation);
        known.learn(key, read.version(), read.snapshot(), asOf);
        read.snapshot().flatMap(StoredSnapshot::hot).ifPresent(hot -> heads.learn(hot, read.head()));
        return read;
    }

    /** Like {@link #readWhole}, for who wants to know it later by {@link #known}: nothing is read where it has not changed. */
    void refresh(Domain domain, String key, Cancellation cancellation) throws StoreException {
        Optional<String> version = known.version(key);
        long asOf = known.now();
        if (version.isEmpty() || !version.equals(versionNow(key, cancellation)) || !known.confirm(key, version, asOf)) {
            readWhole(domain, key, cancellation);
        }
    }

    private Optional<String> versionNow(String key, Cancellation cancellation) throws StoreException {
        try {
            return Optional.of(objects.head(key, cancellation).version());
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The first bytes of a companion, when its pointer brought them here and they have not been forgotten. */
    Optional<HotHead> head(HotRef companion) {
        return heads.find(companion);
    }

    /** What a pointer named when it was read or written here last, if that is not longer ago; the store is not asked. */
    Optional<StoredSnapshot> known(String key, Duration notOlderThan) {
        return known.find(key, notOlderThan);
    }

    /** What becomes of a reader at which a head begins: it is closed in the end. */
    @FunctionalInterface
    private interface HeadReading {
        HotHead read(ObjectReader object, int headBytes, Optional<HotRef> companion) throws StoreException;
    }

    private Read ask(Domain domain, String key, ByteRange range, HeadReading reading, Cancellation cancellation)
            throws StoreException {
        ObjectReader reader;
        try {
            reader = objects.get(key, range, cancellation);
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return Read.nothing(domain, key, Optional.empty());
            }
            throw e;
        }
        boolean handedOver = false;
        try {
            PointerObject object = PointerObject.read(reader);
            Pointer pointer = Pointer.decode(domains.open(domain, key, object.sealed(), cancellation));
            seen.see(key, pointer.generation());
            handedOver = true;
            HotHead head =
                    reading.read(reader, object.headBytes(), pointer.snapshot().flatMap(StoredSnapshot::hot));
            return new Read(domain, key, Optional.of(reader.info().version()), Optional.of(pointer), head);
        } finally {
            if (!handedOver) {
                reader.close();
            }
        }
    }

    private static HotHead readHead(ObjectReader object, int headBytes, Optional<HotRef> companion)
            throws StoreException {
        HotHead head = new HotHead(headBytes);
        try (object) {
            head.read(object);
        }
        return head;
    }

    private static HotHead readHeadBehind(ObjectReader object, int headBytes, Optional<HotRef> companion)
            throws StoreException {
        if (headBytes == 0 || companion.isEmpty()) {
            return leaveHead(object, headBytes, companion);
        }
        HotHead head = new HotHead(headBytes);
        Thread.ofVirtual().name("pointer-head").start(() -> {
            try (object) {
                head.read(object);
            } catch (StoreException | RuntimeException e) {
                LOG.info(
                        "The head of a pointer does not come, its companion is read key={} reason={}",
                        object.info().key(),
                        e.toString());
            }
        });
        return head;
    }

    /** What has been asked for is read to its end, which costs less than another connection. */
    private static HotHead leaveHead(ObjectReader object, int headBytes, Optional<HotRef> companion)
            throws StoreException {
        try (object) {
            ByteBuffer left = ByteBuffer.allocate(16 << 10);
            while (object.read(left.clear()) >= 0) {
                // nobody wants it
            }
        }
        return HotHead.none();
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
            return Read.nothing(
                    domain, key, Optional.of(objects.head(key, cancellation).version()));
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
     * Deletes what was read, or replaces it by a snapshot without a head. False when somebody else was faster; then nothing
     * has been written.
     *
     * @param snapshot empty to delete
     */
    boolean replace(Read read, Optional<StoredSnapshot> snapshot, boolean pinned, Cancellation cancellation)
            throws StoreException {
        return replace(read, snapshot, new byte[0], pinned, cancellation);
    }

    /** @param head first bytes of the hot companion that the snapshot names */
    boolean replace(
            Read read, Optional<StoredSnapshot> snapshot, byte[] head, boolean pinned, Cancellation cancellation)
            throws StoreException {
        Pointer pointer = new Pointer(generationAfter(read), UUID.randomUUID().toString(), pinned, snapshot);
        byte[] sealed = SealedDocument.seal(read.domain().current(), read.key(), pointer.encode());
        long asOf = known.now();
        try {
            byte[] object = PointerObject.encode(sealed, head);
            String version = objects.put(read.key(), Body.of(object), read.condition(), cancellation);
            seen.see(read.key(), pointer.generation());
            known.learn(read.key(), Optional.of(version), snapshot, asOf);
            read.snapshot().flatMap(StoredSnapshot::hot).ifPresent(heads::forget);
            snapshot.flatMap(StoredSnapshot::hot).ifPresent(hot -> heads.learn(hot, HotHead.of(head)));
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
