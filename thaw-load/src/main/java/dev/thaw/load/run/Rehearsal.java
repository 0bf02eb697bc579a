package dev.thaw.load.run;

import dev.thaw.load.plan.LoaderConfig;
import dev.thaw.load.plan.Phase;
import io.netty.channel.EventLoop;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Invokes a function of the loader's own before a run. Loading the classes of a protocol takes a tenth of a second, which would otherwise
 * be counted as the first invocation's, and the first one is often the cold start to be measured. Until they are compiled, which takes
 * thousands of invocations, the loader is too slow for a high rate: so a rehearsal is as long as the run, up to a bound.
 */
final class Rehearsal {
    private static final int LEAST_INVOCATIONS = 300;
    private static final int MOST_INVOCATIONS = 20_000;
    private static final int AT_ONCE = 20;
    private static final long PATIENCE_SECONDS = 10;

    private Rehearsal() {}

    /** Never fails: a rehearsal that goes wrong costs accuracy only. */
    static void run(LoaderConfig config, EventLoop loop, long runInvocations, BooleanSupplier stopped) {
        long invocations = Math.clamp(runInvocations, LEAST_INVOCATIONS, MOST_INVOCATIONS);
        try (EchoServer server = EchoServer.start(config.protocol(), loop)) {
            Target target = new Target("127.0.0.1", server.port(), "rehearsal", "/");
            Invoker invoker = Invokers.of(config, loop);
            try {
                for (int i = 0; i < invocations && !stopped.getAsBoolean(); i += AT_ONCE) {
                    CountDownLatch ended = new CountDownLatch(AT_ONCE);
                    for (int j = 0; j < AT_ONCE; j++) {
                        Invocation invocation = new Invocation("rehearsal", target, "", Phase.WARMUP, 0, 1, 1);
                        Exchange exchange = new Exchange(invocation, ignored -> ended.countDown());
                        loop.execute(() -> {
                            exchange.started();
                            invoker.invoke(exchange);
                        });
                    }
                    if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                        return;
                    }
                }
            } finally {
                loop.submit(invoker::close).syncUninterruptibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
