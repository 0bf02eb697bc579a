package dev.thaw.lazy;

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
        return Labels.of(this);
    }

    /** @throws IllegalArgumentException that names what there is */
    public static RecordPolicy parse(String text) {
        return Labels.parse(values(), text);
    }
}
