package dev.thaw.lazy;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How it is found out what thaws touch first. */
public enum RecordPolicy {
    /** Not at all: without a companion snapshots are fetched as a whole. */
    NONE {
        @Override
        boolean isDue(int thaw) {
            return false;
        }
    },
    /** By a clone right after a publication, that serves nobody, and by what later thaws from the store miss. */
    CLONE {
        @Override
        boolean isDue(int thaw) {
            return false;
        }
    },
    /** Also by the first thaw for an invocation where the snapshot lies as a whole, and by one of so many after it. */
    INVOCATION {
        @Override
        boolean isDue(int thaw) {
            return thaw % EVERY == 1;
        }
    },
    /** By every such thaw: for measurements, since a recorded thaw is slower. */
    ALWAYS {
        @Override
        boolean isDue(int thaw) {
            return true;
        }
    };

    private static final int EVERY = 64;

    /** @param thaw which thaw of the snapshot it is, from 1 on */
    abstract boolean isDue(int thaw);

    /** As users write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException that names what there is */
    public static RecordPolicy parse(String text) {
        return Arrays.stream(values())
                .filter(one -> one.label().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is none of "
                        + Arrays.stream(values()).map(RecordPolicy::label).collect(Collectors.joining(", ")) + "."));
    }
}
