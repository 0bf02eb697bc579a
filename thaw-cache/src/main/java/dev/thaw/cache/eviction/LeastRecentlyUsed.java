package dev.thaw.cache.eviction;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Who was not used for longest goes first, whatever its size. */
final class LeastRecentlyUsed<K> implements EvictionPolicy<K> {
    private final Map<K, Boolean> free = new LinkedHashMap<>(16, 0.75f, true); // coldest first
    private final Set<K> held = new LinkedHashSet<>();

    @Override
    public void added(K key, long bytes, long cost, int uses) {
        held.remove(key);
        free.put(key, true);
    }

    @Override
    public void used(K key) {
        free.get(key); // which moves it to the end
    }

    @Override
    public void removed(K key) {
        free.remove(key);
        held.remove(key);
    }

    @Override
    public void hold(K key) {
        if (free.remove(key) != null) {
            held.add(key);
        }
    }

    @Override
    public void release(K key) {
        if (held.remove(key)) {
            free.put(key, true);
        }
    }

    @Override
    public Optional<K> victim() {
        Iterator<K> coldest = free.keySet().iterator();
        return coldest.hasNext() ? Optional.of(coldest.next()) : Optional.empty();
    }

    @Override
    public List<K> coldestFirst() {
        List<K> all = new ArrayList<>(free.keySet());
        all.addAll(held);
        return all;
    }
}
