package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.plan.LoaderConfig;
import dev.thaw.load.plan.Plan;
import dev.thaw.load.report.RunFigures;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
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

    private final LoaderConfig config;
    private final Schedule schedule;
    private final Path output;
    private final PrintStream messages;
    private final Clock clock;
    private final Progress progress = new Progress();

    /** Set by {@link #stop} for the sending thread. */
    private volatile boolean stopping;

    /** Set by {@link #run} before the first invocation is sent, for the threads that wake it. */
    private volatile Thread sender = Thread.currentThread();

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
            try (Progress.Display _ = new Progress.Display(progress, messages, schedule.size());
                    ResultWriter results = new ResultWriter(openFile(origin), figures, progress);
                    Sending sending = new Sending(loop, Invokers.of(config, loop), results, progress, () -> stopping)) {
                sending.send(schedule, origin);
                sending.awaitEnd();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The results cannot be written to " + output + ": " + e.getMessage(), e);
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

    private ResultFile openFile(long origin) throws IOException {
        Instant now = clock.instant();
        long nowMicros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
        return new ResultFile(ResultFile.create(output), origin, nowMicros + (origin - System.nanoTime()) / 1000);
    }
}
