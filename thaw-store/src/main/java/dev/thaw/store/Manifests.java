package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.SealedDocument;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;

/**
 * The manifests of a store, as objects that never change: {@code domains/<folder>/manifests/<name>}. A reader takes them
 * from the pointer; they are there for who finds a store without its pointers.
 */
final class Manifests {
    private final ObjectStore objects;
    private final Domains domains;

    Manifests(ObjectStore objects, Domains domains) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
    }

    /** Named like the map of its memory, which no other snapshot has. */
    static String key(Domain domain, StoredSnapshot snapshot) {
        return domain.prefix("manifests") + snapshot.memory().map();
    }

    void write(Domain domain, StoredSnapshot snapshot, Cancellation cancellation) throws StoreException {
        String key = key(domain, snapshot);
        byte[] sealed = SealedDocument.seal(domain.current(), key, JsonFields.encode(snapshot.toJson()));
        objects.put(key, Body.of(sealed), Condition.always(), cancellation);
    }

    /** Whether it is there and says what the pointer says; the hot companion aside, which may have come later. */
    boolean isRight(Domain domain, StoredSnapshot snapshot, Cancellation cancellation) throws StoreException {
        String key = key(domain, snapshot);
        try (ObjectReader reader = objects.get(key, ByteRange.all(), cancellation)) {
            byte[] sealed = reader.readAll(Pointer.MAX_BYTES + SealedDocument.overhead(Pointer.MAX_BYTES));
            byte[] document = domains.open(domain, key, sealed, cancellation);
            StoredSnapshot found =
                    StoredSnapshot.fromJson(JsonFields.parse("manifest " + key, document, Pointer.MAX_BYTES));
            return found.manifest().equals(snapshot.manifest())
                    && found.images().equals(snapshot.images());
        } catch (StoreException e) {
            return switch (e.code()) {
                case NOT_FOUND, CORRUPT -> false;
                default -> throw e;
            };
        }
    }
}
