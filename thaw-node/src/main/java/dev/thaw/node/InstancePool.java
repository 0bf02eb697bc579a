package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.NodeException.Code;
import dev.thaw.sandbox.Phase;
import dev.thaw.sandbox.SandboxExit;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The instances of one revision on one worker, and the invocations that wait for one.
 *
 * <p>An invocation takes a free place in a ready instance, or waits in line. Whenever more wait than the instances under way can take, another is started. Whoever
 * is first in line gets the next place, in a new instance or in one that became free.
 */
final class InstancePool {
    private final String worker;
    private final Revision revision;
    private final InstanceLife life;
    private final int queueLimit;

    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by lock. */
    private final List<Instance> instances = new ArrayList<>();

    /** Guarded by lock. */
    private final Deque<Waiter> waiters = new ArrayDeque<>();

    /** Guarded by lock. */
    private boolean closed;

    /** One freeze of a revision at a time. Guarded by lock. */
    private boolean freezing;

    /** A freeze that failed is not tried again with the same instance. Guarded by lock. */
    private @Nullable Instance notFreezable;

    private record Waiter(long registeredNanos, CompletableFuture<Claim> claim) {}

    InstancePool(String worker, Revision revision, InstanceLife life, int queueLimit) {
        this.worker = requireNonNull(worker, "worker is null");
        this.revision = requireNonNull(revision, "revision is null");
        this.life = requireNonNull(life, "life is null");
        this.queueLimit = queueLimit;
    }

    String worker() {
        return worker;
    }

    Revision revision() {
        return revision;
    }

    /** Waits for a place, at most until {@code deadlineNanos}. */
    Claim claim(long registeredNanos, long deadlineNanos) throws NodeException {
        Waiter waiter;
        lock.lock();
        try {
            if (closed) {
                throw new NodeException(Code.CLOSED, "Revision " + revision.name() + " is being removed.");
            }
            Optional<Instance> free = waiters.isEmpty() ? freeInstance() : Optional.empty();
            if (free.isPresent()) {
                return enter(free.get(), registeredNanos, false);
            }
            if (waiters.size() >= queueLimit) {
                throw new NodeException(
                        Code.QUEUE_FULL,
                        "As many invocations of " + revision.function() + " wait as may: " + queueLimit);
            }
            waiter = new Waiter(registeredNanos, new CompletableFuture<>());
            waiters.add(waiter);
            startMissing();
        } finally {
            lock.unlock();
        }
        return await(waiter, deadlineNanos);
    }

    private Claim await(Waiter waiter, long deadlineNanos) throws NodeException {
        try {
            return waiter.claim().get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            abandon(waiter);
            throw new NodeException(
                    Code.TIMED_OUT, "No instance of " + revision.function() + " became free in time.", e);
        } catch (InterruptedException e) {
            abandon(waiter);
            Thread.currentThread().interrupt();
            throw new NodeException(Code.CLOSED, "The invocation was interrupted.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NodeException cause) {
                throw new NodeException(cause.code(), String.valueOf(cause.getMessage()), cause);
            }
            throw new NodeException(Code.START_FAILED, String.valueOf(e.getCause()), e);
        }
    }

    private void abandon(Waiter waiter) {
        lock.lock();
        try {
            if (!waiters.remove(waiter)) {
                // It was given a place at the same moment.
                waiter.claim().thenAccept(Claim::close);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The most recently used one, so that the others become idle for long enough to be retired. */
    private Optional<Instance> freeInstance() {
        return instances.stream()
                .filter(instance -> instance.hasRoom(revision.limits().concurrency()))
                .max(Comparator.comparingLong(Instance::idleSinceNanos));
    }

    boolean hasFree() {
        lock.lock();
        try {
            return waiters.isEmpty() && freeInstance().isPresent();
        } finally {
            lock.unlock();
        }
    }

    boolean hasFreezing() {
        lock.lock();
        try {
            long freezing = instances.stream()
                    .filter(instance -> instance.state() == InstanceState.FREEZING)
                    .count();
            return waiters.size() < freezing * revision.limits().concurrency();
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
        long coming = instances.stream().filter(i -> i.state().isComing()).count();
        long places = coming * revision.limits().concurrency();
        while (!closed
                && waiters.size() > places
                && instances.stream().filter(InstancePool::counts).count()
                        < revision.limits().most()) {
            launch();
            places += revision.limits().concurrency();
        }
    }

    private static boolean counts(Instance instance) {
        return instance.state() != InstanceState.RETIRING && instance.state() != InstanceState.GONE;
    }

    private void launch() {
        Instance instance = life.create(revision);
        instances.add(instance);
        life.run("start-" + instance.id(), () -> start(instance));
    }

    /** Starts instances up to the revision's least number. */
    void keepLeast() {
        lock.lock();
        try {
            while (!closed
                    && instances.stream().filter(InstancePool::counts).count()
                            < revision.limits().least()) {
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
            end(instance, Duration.ZERO, "the revision is not wanted any more");
        }
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
        List<Waiter> failed = new ArrayList<>();
        lock.lock();
        try {
            instance.become(InstanceState.GONE);
            instances.remove(instance);
            // Those whom this instance was for; the others have their own coming, or get the same answer from it.
            long coming = instances.stream().filter(i -> i.state().isComing()).count()
                    * (long) revision.limits().concurrency();
            while (waiters.size() > coming) {
                failed.add(waiters.removeFirst());
            }
        } finally {
            lock.unlock();
        }
        failed.forEach(waiter -> waiter.claim().completeExceptionally(why));
    }

    private void dispatch() {
        dispatch(null);
    }

    /**
     * Gives free places to those in line.
     *
     * @param fresh an instance that has just become ready
     */
    private void dispatch(@Nullable Instance fresh) {
        while (!waiters.isEmpty()) {
            Optional<Instance> free = freeInstance();
            if (free.isEmpty()) {
                break;
            }
            Waiter waiter = waiters.removeFirst();
            waiter.claim().complete(enter(free.get(), waiter.registeredNanos(), free.get() == fresh));
        }
        startMissing();
    }

    /** An invocation has ended. */
    void leave(Instance instance) {
        boolean freeze = false;
        boolean drained;
        lock.lock();
        try {
            instance.leave(life.nowNanos());
            drained = instance.inFlight() == 0 && instance.state() == InstanceState.RETIRING;
            if (instance.inFlight() == 0
                    && instance.state() == InstanceState.READY
                    && waiters.isEmpty()
                    && !freezing
                    && !closed
                    && instance != notFreezable
                    && life.wantsFreeze(revision, instance)) {
                freezing = true;
                freeze = true;
                instance.become(InstanceState.FREEZING);
            } else {
                dispatch();
            }
        } finally {
            lock.unlock();
        }
        if (freeze) {
            life.run("freeze-" + instance.id(), () -> freeze(instance));
        } else if (drained) {
            life.run(
                    "retire-" + instance.id(),
                    () -> end(instance, InstanceLife.GRACE, "its last invocation has ended"));
        } else {
            life.idle();
        }
    }

    /**
     * Freezes an instance that was booted and is idle, although a snapshot may be here already.
     *
     * @return its end, with nothing when no snapshot came of it; empty when there is no such instance
     */
    Optional<CompletableFuture<Optional<FreezeRecord>>> freezeNow() {
        Instance chosen;
        lock.lock();
        try {
            Optional<Instance> idle = freezing || closed
                    ? Optional.empty()
                    : instances.stream()
                            .filter(instance -> instance.state() == InstanceState.READY
                                    && instance.inFlight() == 0
                                    && instance.startRecord().kind() == StartKind.BOOT)
                            .findFirst();
            if (idle.isEmpty()) {
                return Optional.empty();
            }
            chosen = idle.get();
            freezing = true;
            chosen.become(InstanceState.FREEZING);
        } finally {
            lock.unlock();
        }
        CompletableFuture<Optional<FreezeRecord>> end = new CompletableFuture<>();
        life.run("freeze-" + chosen.id(), () -> end.complete(freeze(chosen)));
        return Optional.of(end);
    }

    private Optional<FreezeRecord> freeze(Instance instance) {
        Optional<FreezeRecord> record = life.freeze(revision, instance, () -> thawedOut(instance));
        lock.lock();
        try {
            freezing = false;
            if (record.isEmpty()) {
                notFreezable = instance;
            }
        } finally {
            lock.unlock();
        }
        thawedOut(instance);
        return record;
    }

    /** The instance takes invocations again, if it lives. */
    private void thawedOut(Instance instance) {
        lock.lock();
        try {
            if (instance.state() == InstanceState.FREEZING) {
                instance.become(closed ? InstanceState.RETIRING : InstanceState.READY);
                if (closed) {
                    life.run(
                            "retire-" + instance.id(),
                            () -> end(instance, InstanceLife.GRACE, "the revision was removed"));
                }
                dispatch();
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
            instances.remove(instance);
            dispatch();
        } finally {
            lock.unlock();
        }
        // Not in the thread of the sandbox that tells us: closing it waits for that thread.
        life.run("close-" + instance.id(), () -> life.close(revision, instance, exit, unexpected));
    }

    Optional<SandboxExit> awaitExit(Instance instance, Duration timeout) {
        try {
            return Optional.of(instance.sandbox().exited().copy().get(timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.of(new SandboxExit(false, String.valueOf(e.getCause())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /**
     * Takes an instance out of service that does not work.
     *
     * @param most how many invocations may be in it; with more it stays
     */
    void discard(Instance instance, int most, String why) {
        lock.lock();
        try {
            if (instance.state() != InstanceState.READY || instance.inFlight() > most) {
                return;
            }
            instance.become(InstanceState.RETIRING);
        } finally {
            lock.unlock();
        }
        end(instance, Duration.ZERO, why);
    }

    /** Retires those that have been idle since before {@code nanos}, beyond the least number; returns how many. */
    int retireIdleSince(long nanos, int most, String why) {
        List<Instance> idle = new ArrayList<>();
        lock.lock();
        try {
            long left = instances.stream().filter(InstancePool::counts).count();
            List<Instance> oldestFirst = instances.stream()
                    .filter(instance -> instance.isIdleSince(nanos))
                    .sorted(Comparator.comparingLong(Instance::idleSinceNanos))
                    .toList();
            Iterator<Instance> next = oldestFirst.iterator();
            while (next.hasNext() && left > revision.limits().least() && idle.size() < most) {
                Instance instance = next.next();
                instance.become(InstanceState.RETIRING);
                idle.add(instance);
                left--;
            }
        } finally {
            lock.unlock();
        }
        idle.forEach(instance -> life.run("retire-" + instance.id(), () -> end(instance, InstanceLife.GRACE, why)));
        return idle.size();
    }

    /** When the instance that has been idle longest became so; empty when none is idle. */
    Optional<Long> idleLongest() {
        lock.lock();
        try {
            return instances.stream()
                    .filter(instance -> instance.isIdleSince(life.nowNanos()))
                    .map(Instance::idleSinceNanos)
                    .min(Comparator.naturalOrder());
        } finally {
            lock.unlock();
        }
    }

    /** Retires idle instances at once, and with {@code busy} the others as soon as their invocations have ended. Returns how many. */
    int retireAll(boolean busy, String why) {
        int count = 0;
        lock.lock();
        try {
            for (Instance instance : List.copyOf(instances)) {
                if (instance.state() != InstanceState.READY || (instance.inFlight() > 0 && !busy)) {
                    continue;
                }
                instance.become(InstanceState.RETIRING);
                count++;
                if (instance.inFlight() == 0) {
                    life.run("retire-" + instance.id(), () -> end(instance, InstanceLife.GRACE, why));
                }
            }
        } finally {
            lock.unlock();
        }
        return count;
    }

    private void end(Instance instance, Duration grace, String why) {
        life.retire(revision, instance, grace, why);
    }

    List<InstanceView> views() {
        lock.lock();
        try {
            return instances.stream()
                    .map(instance -> new InstanceView(
                            worker,
                            revision.function(),
                            revision.name(),
                            instance.id(),
                            instance.state(),
                            instance.started().map(started -> started.record().kind()),
                            instance.inFlight(),
                            instance.invocations(),
                            instance.started()
                                    .map(started -> started.sandbox().pid())
                                    .orElse(0L),
                            revision.shape().memoryBytes()))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return waiters.size();
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return instances.isEmpty() && waiters.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more invocations, fails those in line, and retires what runs. */
    void close(String why) {
        List<Waiter> failed;
        lock.lock();
        try {
            closed = true;
            failed = List.copyOf(waiters);
            waiters.clear();
        } finally {
            lock.unlock();
        }
        failed.forEach(waiter -> waiter.claim().completeExceptionally(new NodeException(Code.CLOSED, why)));
        retireAll(true, why);
    }
}
