package dev.thaw.cli.bench;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the benchmark asks of a daemon. */
public interface BenchServer {
    /** A part of a snapshot: {@code memory}, {@code state} or {@code rootfs}, and the hex digits of its digest. */
    record Part(String kind, String digestHex, long logicalBytes, long storedBytes) {}

    /** One invocation, and how it was started. */
    record Answer(int status, String start, String instance, Measured measured) {}

    /** Deploys a function; returns its revision. */
    default String deploy(String name, String image, long memoryBytes, boolean snapshots) {
        return deploy(name, image, memoryBytes, snapshots, Map.of());
    }

    /** As {@link #deploy(String, String, long, boolean)}, with environment variables. */
    String deploy(String name, String image, long memoryBytes, boolean snapshots, Map<String, String> environment);

    /** Sends one small request to the function on that worker. */
    Answer invoke(String function, String worker);

    /**
     * Begins an invocation of a function that streams its answer, and leaves it open: its instance takes no other one.
     * Returns when the answer has begun.
     */
    Held hold(String function, String worker);

    /** An invocation that goes on until it is closed. */
    interface Held extends AutoCloseable {
        Answer answer();

        @Override
        void close();
    }

    /** Ends all of the function's instances, and returns once none is left. */
    void retireAll(String function);

    /** The parts of the revision's snapshot; waits until that worker and the store have it. */
    List<Part> awaitSnapshot(String revision, String worker);

    /** What came behind that instance up to its first answer; waits a moment for it, and is empty when nobody tells. */
    Optional<Behind> behind(String function, String instance);

    /** Waits until a VMM stands by on that worker. */
    void awaitPrepared(String worker);

    /** Forgets the worker's copy of the revision's snapshot. */
    void dropCached(String revision, String worker);
}
