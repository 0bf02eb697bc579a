package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Sends invocations on time and sees each of them end. The thread that made it waits for each invocation's time and hands it to the
 * event loop; it never waits for an answer while there is something to send.
 */
final class Sending implements AutoCloseable {
    private static final long HAND_OVER_MILLIS = 100;
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Thread sender = Thread.currentThread();
    private final EventLoop loop;
    private final Invoker invoker;
    private final ResultWriter results;
    private final Progress progress;
    private final BooleanSupplier stopping;
    private final Future<?> handOver;

    /** Only on the event loop's thread. */
    private final Set<Exchange> active = new HashSet<>();

    /** Set when everything was sent: only then does an end wake the sending thread. */
    private volatile boolean allSent;

    /** @param stopping whether to send no more; the sending thread is to be woken when that changes */
    Sending(EventLoop loop, Invoker invoker, ResultWriter results, Progress progress, BooleanSupplier stopping) {
        this.loop = requireNonNull(loop, "loop is null");
        this.invoker = requireNonNull(invoker, "invoker is null");
        this.results = requireNonNull(results, "results is null");
        this.progress = requireNonNull(progress, "progress is null");
        this.stopping = requireNonNull(stopping, "stopping is null");
        handOver =
                loop.scheduleAtFixedRate(results::handOver, HAND_OVER_MILLIS, HAND_OVER_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Returns when all were handed to the event loop. */
    void send(Iterator<Invocation> invocations, long originNanos) {
        allSent = false;
        while (invocations.hasNext() && !stopping.getAsBoolean()) {
            Invocation next = invocations.next();
            long due = originNanos + next.atNanos();
            long wait = due - System.nanoTime();
            while (wait > 0 && !stopping.getAsBoolean()) {
                LockSupport.parkNanos(wait);
                wait = due - System.nanoTime();
            }
            if (stopping.getAsBoolean()) {
                return;
            }
            progress.sent.incrementAndGet();
            loop.execute(() -> begin(next, due));
        }
    }

    private void begin(Invocation invocation, long due) {
        Exchange exchange = new Exchange(invocation, this::finished);
        exchange.started();
        progress.countLateness(exchange.startNanos() - due);
        active.add(exchange);
        invoker.invoke(exchange);
    }

    private void finished(Exchange exchange) {
        active.remove(exchange);
        results.add(exchange);
        progress.countEnd(exchange);
        if (allSent) {
            LockSupport.unpark(sender);
        }
    }

    /** Returns when all that was sent has ended. After a stop, what is on its way gets a grace and is interrupted then. */
    void awaitEnd() {
        allSent = true;
        long stopped = 0;
        while (progress.finished.get() < progress.sent.get()) {
            if (stopping.getAsBoolean() && stopped == 0) {
                stopped = System.nanoTime();
            }
            if (stopped != 0 && System.nanoTime() - stopped > GRACE_NANOS) {
                loop.submit(() -> Set.copyOf(active)
                                .forEach(exchange -> exchange.fail(Outcome.INTERRUPTED, "the run was interrupted")))
                        .syncUninterruptibly();
            }
            // Woken by each end; the bound is for the grace, and for an end between the question and the wait.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /** Hands the last results over and closes the invoker's connections. */
    @Override
    public void close() {
        handOver.cancel(false);
        loop.submit(() -> {
                    results.handOver();
                    invoker.close();
                })
                .syncUninterruptibly();
    }
}
