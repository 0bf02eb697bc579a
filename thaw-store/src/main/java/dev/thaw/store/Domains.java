package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.SealedDocument;
import dev.thaw.store.key.DataKey;
import dev.thaw.store.key.KeyService;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trust domains of a store. {@code keys/<folder>} names the domain and holds its data keys, wrapped; every change is
 * a conditional write. Opened domains stay in memory.
 */
final class Domains {
    static final String PREFIX = "keys/";

    private static final int ATTEMPTS = 10;
    private static final Logger LOG = LoggerFactory.getLogger(Domains.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ObjectStore objects;
    private final KeyService service;
    private final Clock clock;
    private final Map<String, Domain> opened = new ConcurrentHashMap<>(); // by folder

    Domains(ObjectStore objects, KeyService service, Clock clock) {
        this.objects = requireNonNull(objects, "objects is null");
        this.service = requireNonNull(service, "service is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    private record Read(String version, DomainKeys keys) {}

    /** Empty when nothing was ever stored for it. */
    Optional<Domain> find(String name, Cancellation cancellation) throws StoreException {
        String folder = Domain.folderOf(name);
        Domain known = opened.get(folder);
        return known != null ? Optional.of(known) : load(folder, cancellation);
    }

    /** One that was found before. */
    Optional<Domain> opened(String name) {
        return Optional.ofNullable(opened.get(Domain.folderOf(name)));
    }

    private Optional<Domain> load(String folder, Cancellation cancellation) throws StoreException {
        Optional<Read> read = read(folder, cancellation);
        if (read.isEmpty()) {
            return Optional.empty();
        }
        Domain domain = unwrap(folder, read.get().keys());
        opened.put(folder, domain);
        return Optional.of(domain);
    }

    private Optional<Read> read(String folder, Cancellation cancellation) throws StoreException {
        try (ObjectReader reader = objects.get(PREFIX + folder, ByteRange.all(), cancellation)) {
            DomainKeys keys = DomainKeys.decode(reader.readAll(DomainKeys.MAX_BYTES));
            if (!Domain.folderOf(keys.domain()).equals(folder)) {
                throw new StoreException(
                        StoreException.Code.CORRUPT, PREFIX + folder + " holds the keys of another domain.");
            }
            return Optional.of(new Read(reader.info().version(), keys));
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Domain unwrap(String folder, DomainKeys keys) throws StoreException {
        TreeMap<Integer, DataKey> data = new TreeMap<>();
        for (DomainKeys.Epoch epoch : keys.epochs()) {
            data.put(
                    epoch.number(),
                    new DataKey(epoch.number(), service.unwrap(epoch.key(), context(keys.domain(), epoch.number()))));
        }
        return new Domain(keys.domain(), folder, data);
    }

    private static String context(String domain, int epoch) {
        return "trust domain '" + domain + "' epoch " + epoch;
    }

    /** Makes its first data key where it has none. */
    Domain findOrCreate(String name, Cancellation cancellation) throws StoreException {
        Optional<Domain> found = find(name, cancellation);
        if (found.isPresent()) {
            return found.get();
        }
        String folder = Domain.folderOf(name);
        DomainKeys fresh = new DomainKeys(name, List.of(freshEpoch(name, 1)));
        write(folder, fresh, Condition.absent(), cancellation);
        return load(folder, cancellation)
                .orElseThrow(() -> new StoreException(
                        StoreException.Code.UNAVAILABLE, "The keys of '" + name + "' were removed while it was made."));
    }

    private DomainKeys.Epoch freshEpoch(String name, int number) throws StoreException {
        byte[] data = new byte[DataKey.BYTES];
        RANDOM.nextBytes(data);
        return new DomainKeys.Epoch(number, Instant.now(clock), service.wrap(data, context(name, number)));
    }

    /** False when somebody else was faster. */
    private boolean write(String folder, DomainKeys keys, Condition condition, Cancellation cancellation)
            throws StoreException {
        try {
            objects.put(PREFIX + folder, Body.of(keys.encode()), condition, cancellation);
            return true;
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.PRECONDITION_FAILED) {
                return false;
            }
            throw e;
        }
    }

    private interface Change {
        /** Empty when there is nothing to change. */
        Optional<DomainKeys> of(DomainKeys keys) throws StoreException;
    }

    private boolean change(String folder, Change change, Cancellation cancellation) throws StoreException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Read> read = read(folder, cancellation);
            Optional<DomainKeys> changed =
                    read.isPresent() ? change.of(read.get().keys()) : Optional.empty();
            if (changed.isEmpty()) {
                return false;
            }
            if (write(
                    folder, changed.get(), Condition.matches(read.orElseThrow().version()), cancellation)) {
                opened.remove(folder);
                return true;
            }
        }
        throw new StoreException(
                StoreException.Code.UNAVAILABLE, PREFIX + folder + " is written by others all the time.");
    }

    /**
     * Wraps every data key with the current wrapping key; no other data is written.
     *
     * @return how many domains were changed
     */
    int rewrap(Cancellation cancellation) throws StoreException {
        int changed = 0;
        for (String folder : folders(cancellation)) {
            changed += change(folder, this::rewrapped, cancellation) ? 1 : 0;
        }
        return changed;
    }

    private Optional<DomainKeys> rewrapped(DomainKeys keys) throws StoreException {
        List<DomainKeys.Epoch> epochs = new ArrayList<>();
        boolean stale = false;
        for (DomainKeys.Epoch epoch : keys.epochs()) {
            boolean current = epoch.key().wrappedBy().equals(service.currentKey());
            stale |= !current;
            String context = context(keys.domain(), epoch.number());
            epochs.add(
                    current
                            ? epoch
                            : new DomainKeys.Epoch(
                                    epoch.number(),
                                    epoch.created(),
                                    service.wrap(service.unwrap(epoch.key(), context), context)));
        }
        return stale ? Optional.of(new DomainKeys(keys.domain(), epochs)) : Optional.empty();
    }

    /**
     * From now on new data is written with a new data key, and shares nothing with what was written before.
     *
     * @throws StoreException NOT_FOUND when there is no such domain
     */
    void newEpoch(String name, Cancellation cancellation) throws StoreException {
        boolean done = change(
                Domain.folderOf(name),
                keys -> {
                    List<DomainKeys.Epoch> epochs = new ArrayList<>(keys.epochs());
                    epochs.add(freshEpoch(name, epochs.getLast().number() + 1));
                    return Optional.of(new DomainKeys(name, epochs));
                },
                cancellation);
        if (!done) {
            throw new StoreException(StoreException.Code.NOT_FOUND, "There is no trust domain '" + name + "'.");
        }
    }

    /**
     * Every domain of the store.
     *
     * @throws StoreException also where one cannot be opened: whoever leaves it out would take what it uses for unused
     */
    List<Domain> all(Cancellation cancellation) throws StoreException {
        List<Domain> all = new ArrayList<>();
        for (String folder : folders(cancellation)) {
            Domain known = opened.get(folder);
            if (known != null) {
                all.add(known);
            } else {
                load(folder, cancellation).ifPresent(all::add);
            }
        }
        return all;
    }

    /** Every domain that this node has the key of. */
    List<Domain> readable(Cancellation cancellation) throws StoreException {
        return readable(
                (key, why) -> LOG.warn("A trust domain is left out key={} reason={}", key, why.getMessage()),
                cancellation);
    }

    /** @param leftOut takes the keys of those that cannot be opened, and why */
    List<Domain> readable(BiConsumer<String, StoreException> leftOut, Cancellation cancellation) throws StoreException {
        List<Domain> readable = new ArrayList<>();
        for (String folder : folders(cancellation)) {
            try {
                Domain known = opened.get(folder);
                (known != null ? Optional.of(known) : load(folder, cancellation)).ifPresent(readable::add);
            } catch (StoreException e) {
                switch (e.code()) {
                    case DENIED, CORRUPT, UNSUPPORTED -> leftOut.accept(PREFIX + folder, e);
                    default -> throw e;
                }
            }
        }
        return readable;
    }

    private List<String> folders(Cancellation cancellation) throws StoreException {
        List<String> folders = new ArrayList<>();
        objects.list(PREFIX, object -> folders.add(object.key().substring(PREFIX.length())), cancellation);
        return folders;
    }

    /** @throws StoreException CORRUPT when there is no such domain, though something refers to it */
    Domain byFolder(String folder, Cancellation cancellation) throws StoreException {
        Domain known = opened.get(folder);
        if (known != null) {
            return known;
        }
        return load(folder, cancellation)
                .orElseThrow(() -> new StoreException(
                        StoreException.Code.CORRUPT, "There is no " + PREFIX + folder + ", whose data is needed."));
    }

    /** The key that a frame was sealed with. */
    DataKey keyOf(FrameRef frame, Cancellation cancellation) throws StoreException {
        return keyOf(frame.domain(), frame.pack().epoch(), cancellation);
    }

    DataKey keyOf(String folder, int epoch, Cancellation cancellation) throws StoreException {
        Domain known = opened.get(folder);
        if (known == null || !known.keys().containsKey(epoch)) {
            // A new epoch may have begun since.
            known = load(folder, cancellation)
                    .orElseThrow(() -> new StoreException(
                            StoreException.Code.CORRUPT, "There is no " + PREFIX + folder + ", whose data is needed."));
        }
        return known.key(epoch);
    }

    /** Opens a sealed document of a domain. */
    byte[] open(Domain domain, String name, byte[] sealed, Cancellation cancellation) throws StoreException {
        DataKey key = keyOf(domain.folder(), SealedDocument.epoch(name, sealed), cancellation);
        return SealedDocument.open(key, name, sealed);
    }
}
