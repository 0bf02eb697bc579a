package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.plan.LoaderConfig;
import dev.thaw.load.plan.Plan;
import dev.thaw.load.report.RunFigures;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a plan.
 *
 * <h2>Open loop</h2>
 * One thread waits for each invocation's time and hands it to the event loop; it never waits for an answer, so that a slow system gets
 * the same load as a fast one and its slowness shows in full (no coordinated omission). Times are absolute, from the experiment's
 * start, so that a delay is made up and does not add up. How late each invocation was taken up is recorded with it.
 *
 * <h2>None lost</h2>
 * Each invocation that was taken up ends exactly once, by an answer, a failure or a timeout, and is written. When the run is stopped,
 * what is on its way gets a grace to end and is written as interrupted then.
 */
public final class LoadRun {
    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long HAND_OVER_MILLIS = 100;
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final LoaderConfig config;
    private final Schedule schedule;
    private final Path output;
    private final PrintStream messages;
    private final Clock clock;
    private final Progress progress = new Progress();

    /** Only on the event loop's thread. */
    private final Set<Exchange> active = new HashSet<>();

    /** Set by {@link #stop} for the sending thread. */
    private volatile boolean stopping;

    /** Set by {@link #run} before the first invocation is sent, for the threads that wake it. */
    private volatile Thread sender = Thread.currentThread();

    /** Set when everything was sent: only then does an end wake the sending thread. */
    private volatile boolean allSent;

    public LoadRun(LoaderConfig config, Plan plan, Targets targets, Path output, PrintStream messages, Clock clock) {
        this.config = requireNonNull(config, "config is null");
        this.output = requireNonNull(output, "output is null");
        this.messages = requireNonNull(messages, "messages is null");
        this.clock = requireNonNull(clock, "clock is null");
        schedule = new Schedule(plan, targets);
    }

    /** Where the results of a configuration go. */
    public static Path output(String prefix, LoaderConfig config) {
        return ResultFile.path(prefix, config.totalUnits());
    }

    /** Sends everything and waits for the last answer. */
    public RunFigures run() {
        sender = Thread.currentThread();
        RunFigures figures = new RunFigures(schedule.functions());
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            EventLoop loop = group.next();
            Rehearsal.run(config, loop, schedule.size(), () -> stopping);
            long origin = System.nanoTime() + LEAD_NANOS;
            Invoker invoker = Invokers.of(config, loop);
            try (ResultWriter results = new ResultWriter(openFile(origin), figures);
                    Progress.Display display = new Progress.Display(progress, messages, schedule.size())) {
                Future<?> handOver = loop.scheduleAtFixedRate(
                        results::handOver, HAND_OVER_MILLIS, HAND_OVER_MILLIS, TimeUnit.MILLISECONDS);
                send(origin, loop, invoker, results);
                awaitEnd(loop);
                handOver.cancel(false);
                loop.submit(results::handOver).syncUninterruptibly();
            } finally {
                loop.submit(invoker::close).syncUninterruptibly();
            }
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
        return figures;
    }

    /** Stops sending and makes {@link #run} return soon, with what was measured. From any thread. */
    public void stop() {
        stopping = true;
        LockSupport.unpark(sender);
    }

    private ResultFile openFile(long origin) {
        Instant now = clock.instant();
        long nowMicros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
        try {
            return new ResultFile(output, origin, nowMicros + (origin - System.nanoTime()) / 1000);
        } catch (IOException e) {
            throw new UncheckedIOException("The results cannot be written to " + output + ": " + e.getMessage(), e);
        }
    }

    private void send(long origin, EventLoop loop, Invoker invoker, ResultWriter results) {
        while (schedule.hasNext() && !stopping) {
            Invocation next = schedule.next();
            long due = origin + next.atNanos();
            long wait = due - System.nanoTime();
            while (wait > 0 && !stopping) {
                LockSupport.parkNanos(wait);
                wait = due - System.nanoTime();
            }
            if (stopping) {
                return;
            }
            progress.sent.incrementAndGet();
            Exchange exchange = new Exchange(next, ended -> finished(ended, results));
            loop.execute(() -> {
                exchange.started();
                progress.countLateness(exchange.startNanos() - due);
                active.add(exchange);
                invoker.invoke(exchange);
            });
        }
    }

    private void finished(Exchange exchange, ResultWriter results) {
        active.remove(exchange);
        results.add(exchange);
        progress.countEnd(exchange);
        if (allSent) {
            LockSupport.unpark(sender);
        }
    }

    private void awaitEnd(EventLoop loop) {
        allSent = true;
        long stopped = 0;
        while (progress.finished.get() < progress.sent.get()) {
            if (stopping && stopped == 0) {
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
}
