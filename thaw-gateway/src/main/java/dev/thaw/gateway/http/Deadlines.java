package dev.thaw.gateway.http;

import java.time.Duration;

/** By when a client must have done something. Written by the connection's threads, read by the watcher. */
final class Deadlines {
    private static final long NONE = Long.MAX_VALUE;

    private volatile long head = NONE;
    private volatile long write = NONE;
    private volatile boolean idle = true;
    private volatile long idleSince = System.nanoTime();
    private volatile boolean answering;

    void headBegan(Duration limit) {
        head = System.nanoTime() + limit.toNanos();
    }

    void headIsThere() {
        head = NONE;
    }

    void writeBegan(Duration limit) {
        write = System.nanoTime() + limit.toNanos();
    }

    void writeEnded() {
        write = NONE;
    }

    /** Between requests. */
    void idle(boolean now) {
        idleSince = System.nanoTime();
        idle = now;
    }

    boolean isIdleSince(long nanos) {
        return idle && idleSince - nanos < 0;
    }

    /** While a request is handled. */
    void answering(boolean now) {
        answering = now;
    }

    boolean isAnswering() {
        return answering;
    }

    boolean isIdle() {
        return idle;
    }

    boolean passed(long now) {
        return (head != NONE && now - head > 0) || (write != NONE && now - write > 0);
    }
}
