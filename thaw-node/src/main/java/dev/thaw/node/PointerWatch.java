package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.StoreException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the store now and then where the snapshots of the functions in service are, so that a thaw need not: one request a
 * function and period, one after the other, and one at once for a function that comes into service. For all workers of a
 * daemon together.
 */
public final class PointerWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PointerWatch.class);

    /** For one answer; without one the round is over. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Two rounds may fail before thaws ask for themselves again. */
    private static final int PERIODS_KNOWN = 3;

    private final SnapshotNames names;
    private final SnapshotStore store;
    private final Duration period;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** By name; guarded by lock. */
    private final Map<String, Revision> inService = new LinkedHashMap<>();

    /** Not asked for yet; guarded by lock. */
    private final Set<String> fresh = new LinkedHashSet<>();

    /**
     * Begins.
     *
     * @param store stays the caller's
     * @param period between two questions for the same function
     */
    public PointerWatch(SandboxProvider provider, SnapshotStore store, Duration period) {
        this.names = new SnapshotNames(provider);
        this.store = requireNonNull(store, "store is null");
        this.period = requireNonNull(period, "period is null");
        this.thread = Thread.ofVirtual().name("pointer-watch").start(this::watch);
    }

    /** How old what is known may be for a thaw to use it. */
    public static Duration usableFor(Duration period) {
        return period.multipliedBy(PERIODS_KNOWN);
    }

    public void add(Revision revision) {
        if (!revision.snapshots()) {
            return;
        }
        lock.lock();
        try {
            inService.put(revision.name(), revision);
            fresh.add(revision.name());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public void remove(Revision revision) {
        lock.lock();
        try {
            inService.remove(revision.name());
            fresh.remove(revision.name());
        } finally {
            lock.unlock();
        }
    }

    private void watch() {
        try {
            long nextRound = System.nanoTime() + period.toNanos();
            while (true) {
                boolean all = nextRound - System.nanoTime() <= 0;
                if (all) {
                    nextRound = System.nanoTime() + period.toNanos();
                }
                ask(due(all));
                awaitWork(nextRound);
            }
        } catch (InterruptedException e) {
            log.debug("The store is not asked for pointers any more");
        }
    }

    private List<Revision> due(boolean all) {
        lock.lock();
        try {
            List<Revision> due = inService.values().stream()
                    .filter(revision -> all || fresh.contains(revision.name()))
                    .toList();
            fresh.clear();
            return due;
        } finally {
            lock.unlock();
        }
    }

    private void awaitWork(long untilNanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = untilNanos - System.nanoTime();
            while (left > 0 && fresh.isEmpty()) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void ask(List<Revision> revisions) throws InterruptedException {
        for (Revision revision : revisions) {
            try (Patience patience = new Patience("the pointer", PATIENCE)) {
                SnapshotNames.Named named = names.of(revision);
                if (store.known(named.identity(), named.fit(), period.dividedBy(2))
                        .isEmpty()) {
                    store.refresh(named.identity(), named.fit(), patience.cancellation());
                }
            } catch (StoreException e) {
                log.warn("revision={} the store cannot be asked ahead: {}", revision.name(), e.getMessage());
                if (e.code() == StoreException.Code.UNAVAILABLE || e.code() == StoreException.Code.CANCELLED) {
                    return;
                }
            } catch (SandboxException | RuntimeException e) {
                log.warn("revision={} its snapshot cannot be named: {}", revision.name(), e.toString());
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            if (!thread.join(PATIENCE.multipliedBy(2))) {
                log.warn("A question to the store does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
