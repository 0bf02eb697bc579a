package dev.thaw.lazy;

/** Has what nobody waits for give way to starts. */
@FunctionalInterface
public interface Calm {
    /** Returns when no start is under way, or when it has waited for long enough. */
    void await() throws InterruptedException;
}
