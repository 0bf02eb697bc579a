package dev.thaw.cache.eviction;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

class LeastRecentlyUsedTest extends EvictionPolicyContract {
    @Override
    EvictionPolicy<Integer> policy() {
        return Eviction.LRU.policy();
    }

    @Override
    Model model() {
        return new Model() {
            private final Map<Integer, Integer> lastUses = new HashMap<>();
            private int time;

            @Override
            public void added(int key, long bytes, long cost, int uses) {
                lastUses.put(key, time++);
            }

            @Override
            public void used(int key) {
                lastUses.put(key, time++);
            }

            @Override
            public void released(int key) {
                lastUses.put(key, time++);
            }

            @Override
            public void removed(int key) {
                lastUses.remove(key);
            }

            @Override
            public int coldest(Set<Integer> free) {
                return free.stream().min(Comparator.comparing(lastUses::get)).orElseThrow();
            }
        };
    }
}
