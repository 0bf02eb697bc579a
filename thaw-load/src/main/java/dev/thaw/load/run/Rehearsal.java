package dev.thaw.load.run;

import dev.thaw.load.plan.LoaderConfig;
import dev.thaw.load.plan.Phase;
import dev.thaw.load.report.RunFigures;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.Writer;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Invokes a function of the loader's own before a run. Loading the classes of a protocol takes a tenth of a second, which would otherwise
 * be counted as the first invocation's, and the first one is often the cold start to be measured. Until they are compiled, which takes
 * thousands of invocations, the loader is too slow for a high rate: so a rehearsal is as long as the run, up to a bound.
 */
final class Rehearsal {
    private static final String FUNCTION = "rehearsal";
    private static final int LEAST_INVOCATIONS = 300;
    private static final int MOST_INVOCATIONS = 20_000;
    private static final int ROUNDS = 4;
    private static final int AT_ONCE = 20;
    private static final long GAP_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    private Rehearsal() {}

    /** Takes the same way as a run, but for where the results go. In rounds, as ends and new beginnings must have been seen too. */
    static void run(LoaderConfig config, EventLoop loop, long runInvocations, BooleanSupplier stopping)
            throws IOException {
        long waves = Math.clamp(runInvocations, LEAST_INVOCATIONS, MOST_INVOCATIONS) / AT_ONCE;
        for (int round = 0; round < ROUNDS; round++) {
            sendWaves(waves / ROUNDS, config, loop, stopping);
        }
    }

    private static void sendWaves(long waves, LoaderConfig config, EventLoop loop, BooleanSupplier stopping)
            throws IOException {
        try (EchoServer server = EchoServer.start(config.protocol(), loop);
                ResultWriter results = new ResultWriter(
                        new ResultFile(Writer.nullWriter(), System.nanoTime(), 0), new RunFigures(List.of(FUNCTION)));
                Sending sending = new Sending(loop, Invokers.of(config, loop), results, new Progress(), stopping)) {
            Target target = new Target("127.0.0.1", server.port(), FUNCTION, "/");
            for (long wave = 0; wave < waves && !stopping.getAsBoolean(); wave++) {
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
