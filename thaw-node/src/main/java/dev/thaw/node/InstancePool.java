package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.NodeException.Code;
import dev.thaw.node.WaitingLine.Waiter;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.SandboxExit;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The instances of one revision on one worker, and the invocations that wait for one.
 *
 * <p>An invocation takes a free place in a ready instance, or waits in line. Whenever more wait than the instances under way can take, another is started. Whoever
 * is first in line gets the next place, in a new instance or in one that became free.
 */
final class InstancePool {
    private static final Logger log = LoggerFactory.getLogger(InstancePool.class);

    private final String worker;
    private final Revision revision;
    private final InstanceLife life;
    private final ReentrantLock lock = new ReentrantLock();
    private final Roster roster;
    private final WaitingLine line;
    private final Freezing freezing;
    private final Retirement retirement;

    /** Guarded by lock. */
    private boolean closed;

    /** Whether instances go to the next daemon as they become idle. Guarded by lock. */
    private boolean leaving;

    InstancePool(String worker, Revision revision, InstanceLife life, int queueLimit) {
        this.worker = requireNonNull(worker, "worker is null");
        this.revision = requireNonNull(revision, "revision is null");
        this.life = requireNonNull(life, "life is null");
        roster = new Roster(revision);
        line = new WaitingLine(lock, revision.function(), queueLimit);
        freezing = new Freezing(lock, revision, roster, life, this::thawedOut);
        retirement = new Retirement(lock, revision, roster, life);
    }

    String worker() {
        return worker;
    }

    Revision revision() {
        return revision;
    }

    Retirement retirement() {
        return retirement;
    }

    Freezing freezing() {
        return freezing;
    }

    /** Waits for a place, at most until {@code deadlineNanos}. */
    Claim claim(long registeredNanos, long deadlineNanos) throws NodeException {
        Waiter waiter;
        lock.lock();
        try {
            if (closed) {
                throw new NodeException(Code.CLOSED, "Revision " + revision.name() + " is being removed.");
            }
            Optional<Instance> free = line.isEmpty() ? roster.free() : Optional.empty();
            if (free.isPresent()) {
                return enter(free.get(), registeredNanos, false);
            }
            waiter = line.join(registeredNanos);
            startMissing();
        } finally {
            lock.unlock();
        }
        return line.await(waiter, deadlineNanos);
    }

    boolean hasFree() {
        lock.lock();
        try {
            return line.isEmpty() && roster.free().isPresent();
        } finally {
            lock.unlock();
        }
    }

    boolean hasFreezing() {
        lock.lock();
        try {
            return line.size() < roster.freezingPlaces();
        } finally {
            lock.unlock();
        }
    }

    /** @param cold whether the invocation has waited for this instance's start, and not for a place in it */
    private Claim enter(Instance instance, long registeredNanos, boolean cold) {
        long readyAt = instance.phases().endNanos();
        instance.enter();
        Map<Phase, Double> phases = new EnumMap<>(Phase.class);
        if (cold) {
            phases.putAll(instance.phases().millisSince(registeredNanos));
            return new Claim(this, instance, true, readyAt, phases);
        }
        long now = System.nanoTime();
        phases.put(Phase.ADMIT, (now - registeredNanos) / 1e6);
        return new Claim(this, instance, false, now, phases);
    }

    /** Starts as many instances as those who wait need beyond what is coming already. */
    private void startMissing() {
        long places = roster.comingPlaces();
        while (!closed
                && line.size() > places
                && roster.lasting() < revision.limits().most()) {
            launch();
            places += revision.limits().concurrency();
        }
    }

    private void launch() {
        Instance instance = life.create(revision);
        roster.add(instance);
        life.run("start-" + instance.id(), () -> start(instance));
    }

    /** Starts instances up to the revision's least number. */
    void keepLeast() {
        lock.lock();
        try {
            while (!closed && roster.lasting() < revision.limits().least()) {
                launch();
            }
        } finally {
            lock.unlock();
        }
    }

    private void start(Instance instance) {
        Instance.Started started;
        try {
            started = life.start(revision, instance, state -> become(instance, state));
        } catch (NodeException e) {
            startFailed(instance, e);
            return;
        }
        boolean wanted;
        lock.lock();
        try {
            wanted = !closed;
            instance.ready(started, life.nowNanos());
            if (wanted) {
                dispatch(instance);
            } else {
                instance.become(InstanceState.RETIRING);
            }
        } finally {
            lock.unlock();
        }
        life.started(instance);
        started.sandbox().exited().thenAccept(exit -> onExit(instance, exit));
        if (!wanted) {
            life.retire(revision, instance, Duration.ZERO, "the revision is not wanted any more");
        }
    }

    /** Takes in an instance that runs already. Returns whether it is wanted. */
    boolean adopt(Instance instance, Instance.Started started) {
        lock.lock();
        try {
            if (closed || roster.lasting() >= revision.limits().most()) {
                return false;
            }
            instance.ready(started, life.nowNanos());
            roster.add(instance);
            dispatch(null);
        } finally {
            lock.unlock();
        }
        started.sandbox().exited().thenAccept(exit -> onExit(instance, exit));
        return true;
    }

    private void become(Instance instance, InstanceState state) {
        lock.lock();
        try {
            instance.become(state);
        } finally {
            lock.unlock();
        }
    }

    private void startFailed(Instance instance, NodeException why) {
        List<Waiter> failed;
        lock.lock();
        try {
            instance.become(InstanceState.GONE);
            roster.remove(instance);
            // Those whom this instance was for; the others have their own coming, or get the same answer from it.
            failed = line.beyond(roster.comingPlaces());
        } finally {
            lock.unlock();
        }
        failed.forEach(waiter -> waiter.claim().completeExceptionally(why));
    }

    /**
     * Gives free places to those in line.
     *
     * @param fresh an instance that has just become ready
     */
    private void dispatch(@Nullable Instance fresh) {
        while (!line.isEmpty()) {
            Optional<Instance> free = roster.free();
            if (free.isEmpty()) {
                break;
            }
            Waiter waiter = line.first();
            waiter.claim().complete(enter(free.get(), waiter.registeredNanos(), free.get() == fresh));
        }
        startMissing();
    }

    /** An invocation has ended. */
    void leave(Instance instance) {
        life.answered(instance);
        boolean freeze = false;
        boolean drained;
        lock.lock();
        try {
            instance.leave(life.nowNanos());
            drained = instance.inFlight() == 0 && instance.state() == InstanceState.RETIRING;
            if (instance.inFlight() == 0
                    && instance.state() == InstanceState.READY
                    && line.isEmpty()
                    && !closed
                    && freezing.wants(instance)) {
                freeze = true;
                freezing.begin(instance);
            } else if (leaving) {
                letGoIfIdle(instance);
            } else {
                dispatch(null);
            }
        } finally {
            lock.unlock();
        }
        if (freeze) {
            var unused = freezing.run(instance);
        } else if (drained) {
            retirement.behind(instance, "its last invocation has ended");
        } else {
            life.idle();
        }
    }

    /** The instance takes invocations again, if it lives. */
    private void thawedOut(Instance instance) {
        lock.lock();
        try {
            if (instance.state() == InstanceState.FREEZING) {
                instance.become(closed && !leaving ? InstanceState.RETIRING : InstanceState.READY);
                if (leaving) {
                    letGoIfIdle(instance);
                } else if (closed) {
                    retirement.behind(instance, "the revision was removed");
                }
                dispatch(null);
            }
        } finally {
            lock.unlock();
        }
    }

    private void onExit(Instance instance, SandboxExit exit) {
        boolean unexpected;
        lock.lock();
        try {
            if (instance.state() == InstanceState.GONE) {
                return;
            }
            unexpected = instance.state() != InstanceState.RETIRING;
            instance.become(InstanceState.GONE);
            roster.remove(instance);
            dispatch(null);
        } finally {
            lock.unlock();
        }
        // Not in the thread of the sandbox that tells us: closing it waits for that thread.
        life.run("close-" + instance.id(), () -> life.close(revision, instance, exit, unexpected));
    }

    /** The instance in that VMM, if it is one of ours, is of no more use. Does not wait for its end. */
    void lost(long vmm, String why) {
        Optional<Instance> lost;
        lock.lock();
        try {
            lost = roster.inVmm(vmm);
        } finally {
            lock.unlock();
        }
        lost.ifPresent(instance -> {
            instance.lose(why);
            log.warn("revision={} instance={} is ended: {}", revision.name(), instance.id(), why);
            life.run("lost-" + instance.id(), () -> retirement.discard(instance, Integer.MAX_VALUE, why));
        });
    }

    List<InstanceView> views() {
        lock.lock();
        try {
            return roster.views(worker);
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return line.size();
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more invocations, fails those in line, and retires what runs. */
    void close(String why) {
        shut(why, false);
        retirement.all(true, why);
    }

    /** Takes no more invocations, and leaves each instance to the next daemon once it is idle. */
    void leave(String why) {
        shut(why, true);
    }

    private void shut(String why, boolean leave) {
        List<Waiter> failed;
        lock.lock();
        try {
            closed = true;
            failed = line.beyond(0);
            if (leave) {
                leaving = true;
                roster.all().forEach(this::letGoIfIdle);
            }
        } finally {
            lock.unlock();
        }
        failed.forEach(waiter -> waiter.claim().completeExceptionally(new NodeException(Code.CLOSED, why)));
    }

    private void letGoIfIdle(Instance instance) {
        if (instance.state() == InstanceState.READY && instance.inFlight() == 0) {
            // Gone from here first: its sandbox then tells of an end that is none.
            instance.become(InstanceState.GONE);
            roster.remove(instance);
            life.run("leave-" + instance.id(), () -> life.letGo(instance));
        }
    }
}
