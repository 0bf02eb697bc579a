package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.Lease;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxExit;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One instance of a revision: its state, its sandbox, and how many invocations are in it. Guarded by the lock of its pool. */
final class Instance {
    private static final Logger log = LoggerFactory.getLogger(Instance.class);

    private final String id;
    private final PhaseClock phases;
    private InstanceState state = InstanceState.ADMITTING;
    private @Nullable Started started;
    private int inFlight;
    private long invocations;
    private long idleSinceNanos;

    /** Why it is ended that would not have ended by itself; empty when it is not. Written by who ends it, read by who waits for its end. */
    private volatile String lost = "";

    /**
     * What a start gave.
     *
     * @param permit for its memory
     * @param held what it uses of the cache
     * @param freezable whether a snapshot may be taken of it: it was booted, with what a start here would boot now
     */
    record Started(
            Sandbox sandbox, StartRecord record, Admission.Permit permit, AutoCloseable held, boolean freezable) {}

    Instance(String id, PhaseClock phases) {
        this.id = requireNonNull(id, "id is null");
        this.phases = requireNonNull(phases, "phases is null");
    }

    String id() {
        return id;
    }

    PhaseClock phases() {
        return phases;
    }

    InstanceState state() {
        return state;
    }

    void become(InstanceState next) {
        if (!state.next().contains(next)) {
            throw new IllegalStateException("Instance " + id + " cannot go from " + state + " to " + next + ".");
        }
        log.debug("instance={} {} -> {}", id, state.label(), next.label());
        state = next;
    }

    void ready(Started result, long nowNanos) {
        started = result;
        idleSinceNanos = nowNanos;
        become(InstanceState.READY);
    }

    boolean isFreezable() {
        return started != null && started.freezable();
    }

    Optional<Started> started() {
        return Optional.ofNullable(started);
    }

    Sandbox sandbox() {
        return requireNonNull(started, "the instance has not started").sandbox();
    }

    StartRecord startRecord() {
        return requireNonNull(started, "the instance has not started").record();
    }

    /** An invocation has been answered. Needs no lock. */
    void answered(WorkerListener listener) {
        if (started != null && started.held() instanceof Lease lease) {
            StartRecord start = started.record();
            lease.answered(reads -> listener.read(start, reads));
        }
    }

    /** How it ended, waiting for it; empty when it lives. Needs no lock. */
    Optional<SandboxExit> awaitExit(Duration timeout) {
        try {
            SandboxExit exit = sandbox().exited().copy().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return Optional.of(lost.isEmpty() ? exit : SandboxExit.of(lost));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.of(SandboxExit.of(String.valueOf(e.getCause())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Its memory or root file system is gone, and it is going to be ended for that. Needs no lock. */
    void lose(String why) {
        lost = why;
    }

    boolean hasRoom(int concurrency) {
        return state == InstanceState.READY && inFlight < concurrency;
    }

    void enter() {
        inFlight++;
        invocations++;
    }

    void leave(long nowNanos) {
        inFlight--;
        idleSinceNanos = nowNanos;
    }

    int inFlight() {
        return inFlight;
    }

    long invocations() {
        return invocations;
    }

    boolean isIdleSince(long nanos) {
        return state == InstanceState.READY && inFlight == 0 && idleSinceNanos - nanos <= 0;
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }
}
