package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What was found wrong in a store.
 *
 * @param snapshots that were looked at
 * @param readBytes of their parts
 */
public record StoreCheck(int snapshots, long readBytes, List<Finding> findings) {
    public StoreCheck {
        findings = List.copyOf(findings);
    }

    /**
     * One thing that is wrong.
     *
     * @param key of the object
     * @param text what is wrong with it, and what of it
     * @param repaired whether it is right now
     */
    public record Finding(String key, String text, boolean repaired) {
        public Finding {
            requireNonNull(key, "key is null");
            requireNonNull(text, "text is null");
        }
    }
}
