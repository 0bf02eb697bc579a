package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.DataSize;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A worker's settings.
 *
 * @param name as {@code worker-0}
 * @param directory the worker's own, for what is on its way
 * @param memory for all instances together
 * @param parallelStarts boots and thaws that run at once
 * @param queueLimit invocations that may wait for one revision
 * @param readyTimeout for a function after its guest's boot
 * @param fetchTimeout for a snapshot to come from the store; a boot takes its place then
 * @param thawTimeout from a guest's resumption until it is renewed
 * @param hookTimeout for a function's hook before a freeze
 * @param pointerAge how long what the store said about a function's snapshot may be used again
 * @param prepared how many VMMs stand by; of no effect in mode {@code disabled}
 */
public record WorkerConfig(
        String name,
        Path directory,
        Mode mode,
        DataSize memory,
        int parallelStarts,
        int queueLimit,
        Duration readyTimeout,
        Duration fetchTimeout,
        Duration thawTimeout,
        Duration hookTimeout,
        Duration pointerAge,
        PreparedPolicy prepared) {
    public WorkerConfig {
        requireNonNull(name, "name is null");
        requireNonNull(directory, "directory is null");
        requireNonNull(mode, "mode is null");
        requireNonNull(memory, "memory is null");
        requireNonNull(readyTimeout, "readyTimeout is null");
        requireNonNull(fetchTimeout, "fetchTimeout is null");
        requireNonNull(thawTimeout, "thawTimeout is null");
        requireNonNull(hookTimeout, "hookTimeout is null");
        requireNonNull(pointerAge, "pointerAge is null");
        requireNonNull(prepared, "prepared is null");
        if (parallelStarts < 1) {
            throw new IllegalArgumentException("Parallel starts are " + parallelStarts + "; there must be at least 1.");
        }
        if (queueLimit < 1) {
            throw new IllegalArgumentException("The queue limit is " + queueLimit + "; it must be at least 1.");
        }
    }

    /** With the defaults for everything that has one, no VMM standing by, and the store asked at each thaw. */
    public static WorkerConfig of(String name, Path directory, Mode mode, DataSize memory) {
        return new WorkerConfig(
                name,
                directory,
                mode,
                memory,
                Runtime.getRuntime().availableProcessors(),
                1_000,
                Duration.ofSeconds(60),
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                Duration.ZERO,
                new NonePrepared());
    }
}
