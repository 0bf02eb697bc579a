package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The freezes of one pool: one at a time, and with an instance whose freeze has failed none again but when asked for. */
final class Freezing {
    private final ReentrantLock lock;
    private final Revision revision;
    private final Roster roster;
    private final InstanceLife life;
    private final Ended ended;

    /** Guarded by lock. */
    private boolean underWay;

    /** Guarded by lock. */
    private @Nullable Instance failed;

    /** Called, perhaps twice, when the instance takes invocations again, or has ended. */
    @FunctionalInterface
    interface Ended {
        void thawedOut(Instance instance);
    }

    Freezing(ReentrantLock lock, Revision revision, Roster roster, InstanceLife life, Ended ended) {
        this.lock = requireNonNull(lock, "lock is null");
        this.revision = requireNonNull(revision, "revision is null");
        this.roster = requireNonNull(roster, "roster is null");
        this.life = requireNonNull(life, "life is null");
        this.ended = requireNonNull(ended, "ended is null");
    }

    /** Whether one has begun and not ended. */
    boolean isUnderWay() {
        lock.lock();
        try {
            return underWay;
        } finally {
            lock.unlock();
        }
    }

    /** Whether an idle instance should be frozen now. Guarded by lock. */
    boolean wants(Instance instance) {
        return !underWay && instance != failed && life.wantsFreeze(revision, instance);
    }

    /** Takes the instance out of service; {@link #run} is to follow without the lock. Guarded by lock. */
    void begin(Instance instance) {
        underWay = true;
        instance.become(InstanceState.FREEZING);
    }

    /**
     * Freezes an instance that was booted and is idle, although a snapshot may be here already.
     *
     * @return its end, with nothing when no snapshot came of it; empty when there is no such instance
     */
    Optional<CompletableFuture<Optional<FreezeRecord>>> now() {
        Optional<Instance> idle;
        lock.lock();
        try {
            idle = underWay ? Optional.empty() : roster.freezable();
            idle.ifPresent(this::begin);
        } finally {
            lock.unlock();
        }
        return idle.map(this::run);
    }

    /** @return the freeze's end, with nothing when no snapshot came of it */
    CompletableFuture<Optional<FreezeRecord>> run(Instance instance) {
        CompletableFuture<Optional<FreezeRecord>> end = new CompletableFuture<>();
        life.run("freeze-" + instance.id(), () -> end.complete(freeze(instance)));
        return end;
    }

    private Optional<FreezeRecord> freeze(Instance instance) {
        Optional<FreezeRecord> record = life.freeze(revision, instance, () -> ended.thawedOut(instance));
        lock.lock();
        try {
            underWay = false;
            if (record.isEmpty()) {
                failed = instance;
            }
        } finally {
            lock.unlock();
        }
        ended.thawedOut(instance);
        return record;
    }
}
