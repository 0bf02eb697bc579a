package dev.thaw.cache.eviction;

import java.util.List;
import java.util.Optional;

/**
 * Says who leaves a cache next. It is told what comes, is used, is held and goes; what is held is never named. Not
 * thread-safe: the cache's lock guards it. Calls about keys that it was not told of do nothing.
 */
public interface EvictionPolicy<K> {
    /**
     * A key has come; it is held by nobody.
     *
     * @param bytes that its leaving would free, more than 0
     * @param cost of bringing it back, in any unit that is the same for all
     * @param uses that it had before, at least 1: more than one for what comes back from an earlier run
     */
    void added(K key, long bytes, long cost, int uses);

    void used(K key);

    void removed(K key);

    /** Somebody needs it: it is not named until it is released. Not counted: holding twice is holding once. */
    void hold(K key);

    /** Nobody needs it any more; until now it was in use. */
    void release(K key);

    /** Whom to evict next; empty when everything is held. The same until something changes. */
    Optional<K> victim();

    /** All keys in the order in which they would go if nothing were used any more; what is held comes last. */
    List<K> coldestFirst();
}
