package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

/** When a write may happen. */
public sealed interface Condition {
    /** Whatever is there. */
    record Always() implements Condition {}

    /** Only where nothing is under the key yet. */
    record Absent() implements Condition {}

    /** Only over the object of exactly this version. */
    record Matches(String version) implements Condition {
        public Matches {
            requireNonNull(version, "version is null");
        }
    }

    static Condition always() {
        return new Always();
    }

    static Condition absent() {
        return new Absent();
    }

    static Condition matches(String version) {
        return new Matches(version);
    }
}
