package dev.thaw.cache.eviction;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The policies that there are, as a setting names them. */
public enum Eviction {
    /** Least recently used first. */
    LRU {
        @Override
        public <K> EvictionPolicy<K> policy() {
            return new LeastRecentlyUsed<>();
        }
    },
    /** Least worth first, by uses, cost and size: {@link GreedyDualSizeFrequency}. */
    GDSF {
        @Override
        public <K> EvictionPolicy<K> policy() {
            return new GreedyDualSizeFrequency<>();
        }
    };

    /** A new one, which knows no key. */
    public abstract <K> EvictionPolicy<K> policy();

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException with a text for the user when there is no such policy */
    public static Eviction parse(String text) {
        for (Eviction eviction : values()) {
            if (eviction.label().equals(text)) {
                return eviction;
            }
        }
        throw new IllegalArgumentException("Not an eviction policy: '" + text + "'. Policies are "
                + Arrays.stream(values()).map(Eviction::label).collect(Collectors.joining(", ")) + ".");
    }
}
