package dev.thaw.load.run;

import dev.thaw.load.plan.LoaderConfig;
import dev.thaw.load.plan.Phase;
import dev.thaw.load.report.RunFigures;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Invokes a function of the loader's own before a run. Loading the classes of a protocol takes a tenth of a second, which would otherwise
 * be counted as the first invocation's, and the first one is often the cold start to be measured. Until they are compiled, which takes
 * thousands of invocations, the loader is too slow for a high rate: so a rehearsal is as long as the run, up to a bound, and longer while
 * there is much to compile, but never longer than ten seconds.
 */
final class Rehearsal {
    private static final String FUNCTION = "rehearsal";
    private static final int LEAST_ROUNDS = 4;
    private static final int MOST_ROUNDS = 12;
    private static final int LEAST_INVOCATIONS_A_ROUND = 80;
    private static final int MOST_INVOCATIONS_A_ROUND = 5_000;
    private static final int AT_ONCE = 20;
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long GAP_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    private Rehearsal() {}

    /** Takes the same way as a run, but for where the results go. In rounds, as ends and new beginnings must have been seen too. */
    static void run(LoaderConfig config, EventLoop loop, long runInvocations, BooleanSupplier stopping)
            throws IOException {
        long waves = Math.clamp(runInvocations / LEAST_ROUNDS, LEAST_INVOCATIONS_A_ROUND, MOST_INVOCATIONS_A_ROUND)
                / AT_ONCE;
        long first = System.nanoTime();
        BooleanSupplier enough = () -> stopping.getAsBoolean() || System.nanoTime() - first > MOST_NANOS;
        boolean settled = false;
        for (int round = 1; round <= MOST_ROUNDS && !settled && !enough.getAsBoolean(); round++) {
            long began = System.nanoTime();
            long compiled = compilationNanos();
            sendWaves(waves, config, loop, stopping, enough);
            settled = round >= LEAST_ROUNDS && (compilationNanos() - compiled) * 10 < System.nanoTime() - began;
        }
    }

    /** How long the JVM has compiled so far; always 0 where it does not say. */
    private static long compilationNanos() {
        CompilationMXBean compilation = ManagementFactory.getCompilationMXBean();
        return compilation != null && compilation.isCompilationTimeMonitoringSupported()
                ? TimeUnit.MILLISECONDS.toNanos(compilation.getTotalCompilationTime())
                : 0;
    }

    private static void sendWaves(
            long waves, LoaderConfig config, EventLoop loop, BooleanSupplier stopping, BooleanSupplier enough)
            throws IOException {
        Progress progress = new Progress();
        RunFigures figures = new RunFigures(List.of(FUNCTION));
        ResultFile nowhere = new ResultFile(Writer.nullWriter(), System.nanoTime(), 0);
        try (EchoServer server = EchoServer.start(config.protocol(), loop);
                ResultWriter results = new ResultWriter(nowhere, figures, progress);
                Sending sending = new Sending(loop, Invokers.of(config, loop), results, progress, stopping)) {
            Target target = new Target("127.0.0.1", server.port(), FUNCTION, "/");
            for (long wave = 0; wave < waves && !enough.getAsBoolean(); wave++) {
                sending.send(wave(target), System.nanoTime());
                sending.awaitEnd();
            }
        }
    }

    private static Iterator<Invocation> wave(Target target) {
        return IntStream.range(0, AT_ONCE)
                .mapToObj(i -> new Invocation(FUNCTION, target, "min0.inv" + i, Phase.WARMUP, i * GAP_NANOS, i, i))
                .iterator();
    }
}
