package dev.thaw.cli.bench.burst;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.BenchServer;
import dev.thaw.cli.bench.Distribution;
import dev.thaw.cli.bench.Report;
import dev.thaw.cli.bench.origin.ObjectServer;
import dev.thaw.cli.bench.origin.OriginProxyProcess;
import dev.thaw.cli.bench.origin.ProfileCheck;
import dev.thaw.cli.bench.origin.StoreProfile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * First starts that are wanted all at once on a worker that has nothing of their snapshots: begun in line, as many at a time as there are cores, and all let loose at once, on
 * two daemons with one store. Bursts of both take turns; one of each goes before the measured ones. Invocations go on until all have been answered, so that each has an instance of its own.
 */
public final class BurstBench {
    /** On the daemon that publishes. */
    private static final String PUBLISHER = "worker-0";

    private static final Duration RECORDING_PATIENCE = Duration.ofSeconds(15);
    private static final int RECORDING_ATTEMPTS = 5;
    private static final long POLL_NANOS = 50_000_000;

    /**
     * What to measure.
     *
     * @param different whether each start is of a snapshot of its own
     * @param outage for how long the store is away in the bursts that are about that
     */
    public record Plan(String sample, int starts, boolean different, int rounds, long memoryBytes, Duration outage) {}

    /**
     * A daemon whose starts are let loose in one way.
     *
     * @param worker that gets the bursts
     */
    public record Side(String name, int parallelStarts, BenchServer server, String worker) {
        public Side {
            requireNonNull(name, "name is null");
            requireNonNull(server, "server is null");
            requireNonNull(worker, "worker is null");
        }
    }

    private final Side inLine;
    private final Side atOnce;
    private final ObjectServer objects;
    private final OriginProxyProcess proxy;
    private final Consumer<String> progress;

    /**
     * @param inLine whose daemon has another worker, which publishes
     * @param objects the store behind the proxy
     */
    public BurstBench(
            Side inLine, Side atOnce, ObjectServer objects, OriginProxyProcess proxy, Consumer<String> progress) {
        this.objects = requireNonNull(objects, "objects is null");
        this.inLine = requireNonNull(inLine, "inLine is null");
        this.atOnce = requireNonNull(atOnce, "atOnce is null");
        this.proxy = requireNonNull(proxy, "proxy is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    public BurstReport run(Plan plan, Report.Host host, StoreProfile profile, @Nullable ProfileCheck check)
            throws IOException {
        Map<String, String> revisions = deploy(plan);
        List<String> functions = plan.different()
                ? List.copyOf(revisions.keySet())
                : Collections.nCopies(plan.starts(), plan.sample() + "-0");
        Set<String> published = publish(revisions);
        List<Series> all = List.of(
                new Series(inLine, Duration.ZERO),
                new Series(atOnce, Duration.ZERO),
                new Series(inLine, plan.outage()),
                new Series(atOnce, plan.outage()));
        for (int round = 0; round <= plan.rounds(); round++) {
            for (Series series : all) {
                boolean warmUp = round == 0;
                if (warmUp && !series.outage.isZero()) {
                    continue;
                }
                List<Burst.Outage> outages = series.outage.isZero() ? List.of() : List.of(outage(all, series));
                Side side = series.side;
                for (String revision : published) {
                    side.server().dropCached(revision, side.worker());
                }
                Burst.Result result = new Burst(side.server(), side.worker(), proxy, progress).run(functions, outages);
                if (!warmUp) {
                    series.add(result);
                }
                progress.accept((warmUp ? "Warming up" : "Round " + round + " of " + plan.rounds()) + ", "
                        + series.name() + ": " + text(result));
            }
        }
        return new BurstReport(
                host,
                profile.label(),
                check,
                plan.sample(),
                plan.memoryBytes(),
                plan.starts(),
                plan.different(),
                Series.ratio(all.get(0).means, all.get(1).means),
                Series.ratio(all.get(0).lasts, all.get(1).lasts),
                all.stream().map(Series::report).toList());
    }

    private static String text(Burst.Result result) {
        if (result.good().isEmpty()) {
            return "no good answer";
        }
        return "mean %.0f ms, last %.0f ms, %d failed, %d boots, %.1f MB in %d reads, %d of them repeated"
                .formatted(
                        mean(result.good()),
                        result.good().getLast().sinceBeginMillis(),
                        result.failures(),
                        result.good().stream()
                                .filter(answer -> answer.start().equals("boot"))
                                .count(),
                        result.round().upToLast().readBytes() / 1e6,
                        result.round().upToLast().reads(),
                        result.round().upToLast().repeatedReads());
    }

    /** The functions with their revisions, which are alike on both daemons. */
    private Map<String, String> deploy(Plan plan) {
        Map<String, String> revisions = new LinkedHashMap<>();
        for (int i = 0; i < (plan.different() ? plan.starts() : 1); i++) {
            String name = plan.sample() + "-" + i;
            progress.accept(name + ": deploying twice");
            Map<String, String> environment = Map.of("BURST", Integer.toString(i));
            for (Side side : List.of(inLine, atOnce)) {
                String revision =
                        side.server().deploy(name, "sample:" + plan.sample(), plan.memoryBytes(), true, environment);
                revisions.put(name, revision);
            }
        }
        return revisions;
    }

    /** The revisions by which the snapshots go that were published. */
    private Set<String> publish(Map<String, String> revisions) throws IOException {
        Set<String> published = new LinkedHashSet<>();
        for (Map.Entry<String, String> function : revisions.entrySet()) {
            progress.accept(function.getKey() + ": booting and publishing");
            BenchServer server = inLine.server();
            invoke(server, function.getKey());
            server.awaitSnapshot(function.getValue(), PUBLISHER);
            requireCompanion(hasCompanion(2L * published.size() + 1));
            boolean recorded = false;
            for (int attempt = 0; attempt < RECORDING_ATTEMPTS && !recorded; attempt++) {
                server.retireAll(function.getKey());
                // The first thaw there for an invocation is recorded too, once the first companion is visible.
                invoke(server, function.getKey());
                recorded = hasCompanion(2L * published.size() + 2);
            }
            requireCompanion(recorded);
            server.retireAll(function.getKey());
            published.add(function.getValue());
        }
        return published;
    }

    /** What a thaw touches is published behind the worker's back: first of one that is only ready, then of an invocation. Waits for it. */
    private boolean hasCompanion(long count) throws IOException {
        long deadline = System.nanoTime() + RECORDING_PATIENCE.toNanos();
        while (objects.count("hot") < count) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
    }

    private static void requireCompanion(boolean here) throws IOException {
        if (!here) {
            throw new IOException("What a thaw touches is not published.");
        }
    }

    private static void invoke(BenchServer server, String function) throws IOException {
        try (BenchServer.Held held = server.hold(function, PUBLISHER)) {
            if (held.answer().status() != 200) {
                throw new IOException(function + " answers POST /echo with status "
                        + held.answer().status()
                        + "; this takes a function that streams there, as the hello samples do.");
            }
        }
    }

    /** In the middle of what a burst without an outage reads. */
    private static Burst.Outage outage(List<Series> all, Series wanted) {
        long bytes = (long) Distribution.median(all.stream()
                .filter(series -> series.outage.isZero() && series.side == wanted.side)
                .flatMap(series -> series.rounds.stream())
                .mapToDouble(round -> round.upToLast().readBytes()));
        return new Burst.Outage(bytes / 2, wanted.outage);
    }

    private static double mean(List<Burst.Answer> answers) {
        return answers.stream()
                .mapToDouble(Burst.Answer::sinceBeginMillis)
                .average()
                .orElseThrow();
    }

    /** The bursts of one side, with or without outages. */
    private static final class Series {
        private final Side side;
        private final Duration outage;
        private final List<BurstReport.Round> rounds = new ArrayList<>();
        private final List<Burst.Answer> answers = new ArrayList<>();
        private final List<Double> means = new ArrayList<>();
        private final List<Double> lasts = new ArrayList<>();
        private int failures;

        Series(Side side, Duration outage) {
            this.side = side;
            this.outage = outage;
        }

        String name() {
            return side.name() + (outage.isZero() ? "" : ", the store away");
        }

        void add(Burst.Result result) {
            rounds.add(result.round());
            failures += result.failures();
            answers.addAll(result.good());
            if (!result.good().isEmpty()) {
                means.add(mean(result.good()));
                lasts.add(result.good().getLast().sinceBeginMillis());
            }
        }

        static double ratio(List<Double> ones, List<Double> others) {
            if (ones.isEmpty() || others.isEmpty()) {
                return Double.NaN;
            }
            return Distribution.of(ones).p50() / Distribution.of(others).p50();
        }

        BurstReport.Variant report() {
            Map<String, Integer> kinds = new LinkedHashMap<>();
            Map<String, Double> phases = new LinkedHashMap<>();
            for (Burst.Answer answer : answers) {
                kinds.merge(answer.start(), 1, Integer::sum);
                answer.measured()
                        .phasesMillis()
                        .forEach((phase, millis) -> phases.merge(phase, millis / answers.size(), Double::sum));
            }
            return new BurstReport.Variant(
                    side.name(),
                    side.parallelStarts(),
                    outage.toMillis(),
                    failures,
                    kinds,
                    distribution(means),
                    distribution(lasts),
                    distribution(
                            answers.stream().map(Burst.Answer::sinceBeginMillis).toList()),
                    phases,
                    rounds);
        }

        private static @Nullable Distribution distribution(List<Double> values) {
            return values.isEmpty() ? null : Distribution.of(values);
        }
    }
}
