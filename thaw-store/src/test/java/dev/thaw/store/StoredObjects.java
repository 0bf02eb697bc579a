package dev.thaw.store;

import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Looks at and changes what is stored, behind the store's back. */
public record StoredObjects(ObjectStore objects) {
    private static final Cancellation NEVER = Cancellation.never();

    public List<String> keys() throws StoreException {
        List<String> keys = new ArrayList<>();
        objects.list("", object -> keys.add(object.key()), NEVER);
        return keys;
    }

    /** Those of one kind, as in {@code domains/<folder>/<kind>/}, or of {@code keys}. */
    public List<String> keys(String kind) throws StoreException {
        return keys().stream().filter(key -> kind(key).equals(kind)).toList();
    }

    /** Which kind of object this is. */
    public static String kind(String key) {
        String[] segments = key.split("/");
        return segments[0].equals("domains") ? segments[2] : segments[0];
    }

    /** Whose it is. */
    public static String folder(String key) {
        return key.split("/")[1];
    }

    public byte[] bytes(String key) throws StoreException {
        try (ObjectReader reader = objects.get(key, ByteRange.all(), NEVER)) {
            return reader.readAll(Integer.MAX_VALUE - 8);
        }
    }

    public void put(String key, byte[] bytes) throws StoreException {
        objects.put(key, Body.of(bytes), Condition.always(), NEVER);
    }

    public void delete(String key) throws StoreException {
        objects.delete(key, NEVER);
    }

    /** Everything. */
    public Map<String, byte[]> all() throws StoreException {
        Map<String, byte[]> all = new TreeMap<>();
        for (String key : keys()) {
            all.put(key, bytes(key));
        }
        return all;
    }

    /** Makes the store what it was. */
    public void restore(Map<String, byte[]> all) throws StoreException {
        for (String key : keys()) {
            if (!all.containsKey(key)) {
                delete(key);
            }
        }
        for (Map.Entry<String, byte[]> object : all.entrySet()) {
            put(object.getKey(), object.getValue());
        }
    }
}
