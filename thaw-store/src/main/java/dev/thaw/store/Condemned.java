package dev.thaw.store;

import dev.thaw.store.chunk.SealedDocument;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a collector is going to delete of a trust domain: {@code domains/<folder>/condemned/list}. Publishers refer to
 * nothing that is in it. Every change is a conditional write.
 *
 * @param version of the object; empty when there is none
 * @param objects keys, and when they were condemned
 */
record Condemned(Optional<String> version, SortedMap<String, Sentence> objects) {
    /**
     * Why an object should not be referred to.
     *
     * @param damaged its bytes are wrong; it is not pardoned when something refers to it
     */
    record Sentence(Instant since, boolean damaged) {}

    static final int MAX_BYTES = 64 << 20;

    private static final int ATTEMPTS = 10;
    private static final int MAX_OBJECTS = 500_000;

    /** A collector condemns no more than this at a time: twice as many still fit into {@link #MAX_BYTES}. */
    static final int MANY_OBJECTS = 150_000;

    private static final String FORMAT = "thaw.condemned";
    private static final int VERSION = 1;

    Condemned {
        objects = Collections.unmodifiableSortedMap(new TreeMap<>(objects));
    }

    static String key(Domain domain) {
        return domain.prefix("condemned") + "list";
    }

    boolean has(String key) {
        return objects.containsKey(key);
    }

    boolean isDamaged(String key) {
        Sentence sentence = objects.get(key);
        return sentence != null && sentence.damaged();
    }

    static Condemned nothing() {
        return new Condemned(Optional.empty(), new TreeMap<>());
    }

    static Condemned read(ObjectStore store, Domains domains, Domain domain, Cancellation cancellation)
            throws StoreException {
        String key = key(domain);
        try (ObjectReader reader = store.get(key, ByteRange.all(), cancellation)) {
            byte[] document = domains.open(domain, key, reader.readAll(MAX_BYTES), cancellation);
            return new Condemned(Optional.of(reader.info().version()), decode(document));
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return nothing();
            }
            throw e;
        }
    }

    /**
     * Writes {@code next} in the place of this.
     *
     * @throws StoreException PRECONDITION_FAILED when another collector wrote meanwhile
     */
    void replace(ObjectStore store, Domain domain, Map<String, Sentence> next, Cancellation cancellation)
            throws StoreException {
        String key = key(domain);
        byte[] sealed = SealedDocument.seal(domain.current(), key, encode(next));
        store.put(key, Body.of(sealed), version.map(Condition::matches).orElseGet(Condition::absent), cancellation);
    }

    /** Notes that an object's bytes are wrong. */
    static void damaged(
            ObjectStore store, Domains domains, Domain domain, String key, Instant now, Cancellation cancellation)
            throws StoreException {
        change(store, domains, domain, next -> next.put(key, new Sentence(now, true)), cancellation);
    }

    /** Takes a sentence back: the object's bytes are right again. */
    static void repaired(ObjectStore store, Domains domains, Domain domain, String key, Cancellation cancellation)
            throws StoreException {
        change(store, domains, domain, next -> next.remove(key), cancellation);
    }

    /** Forgets objects that are gone. */
    static void deleted(
            ObjectStore store, Domains domains, Domain domain, Collection<String> keys, Cancellation cancellation)
            throws StoreException {
        change(store, domains, domain, next -> next.keySet().removeAll(keys), cancellation);
    }

    /** Changes the list, however many others do so meanwhile. */
    private static void change(
            ObjectStore store,
            Domains domains,
            Domain domain,
            Consumer<Map<String, Sentence>> change,
            Cancellation cancellation)
            throws StoreException {
        for (int attempt = 1; ; attempt++) {
            Condemned before = read(store, domains, domain, cancellation);
            Map<String, Sentence> next = new TreeMap<>(before.objects());
            change.accept(next);
            if (next.equals(before.objects())) {
                return;
            }
            try {
                before.replace(store, domain, next, cancellation);
                return;
            } catch (StoreException e) {
                if (e.code() != StoreException.Code.PRECONDITION_FAILED || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static byte[] encode(Map<String, Sentence> objects) {
        ObjectNode json = JsonFields.newObject().put("format", FORMAT).put("version", VERSION);
        ArrayNode list = json.putArray("objects");
        objects.forEach((key, sentence) -> list.addObject()
                .put("key", key)
                .put("condemned_at", sentence.since().toString())
                .put("damaged", sentence.damaged()));
        return JsonFields.encode(json);
    }

    private static SortedMap<String, Sentence> decode(byte[] document) throws StoreException {
        JsonFields fields = JsonFields.parse("list of condemned objects", document, MAX_BYTES)
                .requireFormat(FORMAT, VERSION);
        SortedMap<String, Sentence> objects = new TreeMap<>();
        for (JsonFields object : fields.objects("objects", MAX_OBJECTS)) {
            objects.put(object.text("key"), new Sentence(object.time("condemned_at"), object.flag("damaged")));
            object.end();
        }
        fields.end();
        return objects;
    }
}
