package dev.thaw.cli.bench.burst;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.BenchServer;
import dev.thaw.cli.bench.Measured;
import dev.thaw.cli.bench.origin.OriginProxyProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Invocations sent at once to a worker that has nothing of them. */
final class Burst {
    private static final long POLL_NANOS = 1_000_000;
    private static final int GOOD = 200;

    private final BenchServer server;
    private final String worker;
    private final OriginProxyProcess proxy;
    private final Consumer<String> progress;

    Burst(BenchServer server, String worker, OriginProxyProcess proxy, Consumer<String> progress) {
        this.server = requireNonNull(server, "server is null");
        this.worker = requireNonNull(worker, "worker is null");
        this.proxy = requireNonNull(proxy, "proxy is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    /** Answers that have begun, until all have. */
    private final List<BenchServer.Held> held = new CopyOnWriteArrayList<>();

    /** @param sinceBeginMillis from the beginning of the burst to the first byte of this answer */
    record Answer(String start, double sinceBeginMillis, Measured measured) {}

    /** @param good answers, the first one first */
    record Result(List<Answer> good, int failures, BurstReport.Round round) {}

    /**
     * The store goes away in the middle.
     *
     * @param afterBytes of answers to reads that have passed
     */
    record Outage(long afterBytes, Duration length) {}

    /** @param functions of each invocation; a function that is named twice gets two, and two instances */
    Result run(List<String> functions, List<Outage> outages) throws IOException {
        proxy.mark();
        List<Answer> good = new ArrayList<>();
        OriginProxyProcess.Counts upToLast;
        boolean hit;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch begin = new CountDownLatch(1);
            CountDownLatch answered = new CountDownLatch(functions.size());
            List<Future<Answer>> answers = new ArrayList<>();
            long[] beginNanos = new long[1];
            for (String function : functions) {
                answers.add(threads.submit(() -> {
                    begin.await();
                    try {
                        long lag = System.nanoTime() - beginNanos[0];
                        BenchServer.Held invocation = server.hold(function, worker);
                        held.add(invocation);
                        BenchServer.Answer answer = invocation.answer();
                        if (answer.status() != GOOD) {
                            throw new IOException("status " + answer.status());
                        }
                        return new Answer(
                                answer.start(), answer.measured().firstResponseMillis() + lag / 1e6, answer.measured());
                    } finally {
                        answered.countDown();
                    }
                }));
            }
            Future<Boolean> outage = threads.submit(() -> breakOff(outages, answered));
            beginNanos[0] = System.nanoTime();
            begin.countDown();
            for (int i = 0; i < answers.size(); i++) {
                try {
                    good.add(answers.get(i).get());
                } catch (ExecutionException e) {
                    progress.accept(functions.get(i) + " failed: " + e.getCause());
                }
            }
            upToLast = proxy.counts();
            hit = outage.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted in a burst", e);
        } catch (ExecutionException e) {
            throw new IOException("The store could not be taken away: " + e.getCause(), e);
        }
        // Until here each had an instance of its own.
        held.forEach(BenchServer.Held::close);
        for (String function : Set.copyOf(functions)) {
            server.retireAll(function);
        }
        good.sort(Comparator.comparingDouble(Answer::sinceBeginMillis));
        return new Result(
                List.copyOf(good),
                functions.size() - good.size(),
                new BurstReport.Round(
                        good.stream().map(Answer::sinceBeginMillis).toList(), upToLast, proxy.counts(), hit));
    }

    /** @return whether all outages began before the last answer */
    private boolean breakOff(List<Outage> outages, CountDownLatch answered) throws IOException {
        for (Outage outage : outages) {
            while (proxy.counts().readBytes() < outage.afterBytes()) {
                if (answered.getCount() == 0) {
                    return false;
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
            proxy.die();
            try {
                long until = System.nanoTime() + outage.length().toNanos();
                for (long left = outage.length().toNanos(); left > 0; left = until - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
            } finally {
                proxy.comeBack();
            }
        }
        return !outages.isEmpty();
    }
}
