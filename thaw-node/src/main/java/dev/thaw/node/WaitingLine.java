package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.NodeException.Code;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/** The invocations of one pool that wait for a place, first come first served. Guarded by the lock of its pool, but for {@link #await}. */
final class WaitingLine {
    private final ReentrantLock lock;
    private final String function;
    private final int limit;
    private final Deque<Waiter> waiters = new ArrayDeque<>();

    /** One invocation in line. */
    record Waiter(long registeredNanos, CompletableFuture<Claim> claim) {}

    WaitingLine(ReentrantLock lock, String function, int limit) {
        this.lock = requireNonNull(lock, "lock is null");
        this.function = requireNonNull(function, "function is null");
        this.limit = limit;
    }

    /** @throws NodeException QUEUE_FULL */
    Waiter join(long registeredNanos) throws NodeException {
        if (waiters.size() >= limit) {
            throw new NodeException(Code.QUEUE_FULL, "As many invocations of " + function + " wait as may: " + limit);
        }
        Waiter waiter = new Waiter(registeredNanos, new CompletableFuture<>());
        waiters.add(waiter);
        return waiter;
    }

    int size() {
        return waiters.size();
    }

    boolean isEmpty() {
        return waiters.isEmpty();
    }

    /** Takes the first out of the line, which must not be empty. */
    Waiter first() {
        return waiters.removeFirst();
    }

    /** Takes out the first of those beyond {@code count}. */
    List<Waiter> beyond(long count) {
        List<Waiter> out = new ArrayList<>();
        while (waiters.size() > count) {
            out.add(waiters.removeFirst());
        }
        return out;
    }

    /** Waits for a place, at most until {@code deadlineNanos}. To be called without the lock. */
    Claim await(Waiter waiter, long deadlineNanos) throws NodeException {
        try {
            return waiter.claim().get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            abandon(waiter);
            throw new NodeException(Code.TIMED_OUT, "No instance of " + function + " became free in time.", e);
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
}
