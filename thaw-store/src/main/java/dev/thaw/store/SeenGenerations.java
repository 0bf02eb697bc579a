package dev.thaw.store;

import dev.thaw.store.object.StoreException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The newest generation of each pointer that this process has seen: a store that shows an older one has been turned
 * back, by a restored backup or by an attacker.
 */
final class SeenGenerations {
    private final Map<String, Long> newest = new ConcurrentHashMap<>();

    /** @throws StoreException CORRUPT when a newer one was seen under this key */
    void see(String key, long generation) throws StoreException {
        long seen = newest.merge(key, generation, Math::max);
        if (seen > generation) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    "The pointer " + key + " is of generation " + generation + ", and this node has seen " + seen
                            + ": the store has been turned back.");
        }
    }

    /** 0 when none was seen. */
    long newest(String key) {
        return newest.getOrDefault(key, 0L);
    }
}
