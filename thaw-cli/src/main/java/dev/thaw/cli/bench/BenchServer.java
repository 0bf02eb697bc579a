package dev.thaw.cli.bench;

import java.util.List;

/** What the benchmark asks of a daemon. */
public interface BenchServer {
    /** A part of a snapshot: {@code memory}, {@code state} or {@code rootfs}, and the hex digits of its digest. */
    record Part(String kind, String digestHex, long logicalBytes, long storedBytes) {}

    /** One invocation, and how it was started. */
    record Answer(int status, String start, String instance, Measured measured) {}

    /** Deploys a function; returns its revision. */
    String deploy(String name, String image, long memoryBytes, boolean snapshots);

    /** Sends one small request to the function on that worker. */
    Answer invoke(String function, String worker);

    /** Ends all of the function's instances, and returns once none is left. */
    void retireAll(String function);

    /** The parts of the revision's snapshot; waits until that worker and the store have it. */
    List<Part> awaitSnapshot(String revision, String worker);

    /** What came behind that instance up to its first answer; waits until it is told. */
    Behind awaitBehind(String function, String instance);

    /** Waits until a VMM stands by on that worker. */
    void awaitPrepared(String worker);

    /** Forgets the worker's copy of the revision's snapshot. */
    void dropCached(String revision, String worker);
}
