package dev.thaw.gateway.observe;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.ThawReads;
import dev.thaw.guest.Shortage;
import dev.thaw.node.FreezeRecord;
import dev.thaw.node.StartKind;
import dev.thaw.node.StartRecord;
import dev.thaw.sandbox.Phase;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What is counted and timed, for Prometheus. Labels are few and bounded: functions, workers, kinds, phases and reasons. */
public final class Metrics {
    private static final Duration[] PHASE_BUCKETS = {
        Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50),
        Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1),
                Duration.ofSeconds(2),
        Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(30)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** Asking the registry anew for each invocation would cost more than counting. */
    private final Map<InvocationKey, Counter> invocations = new ConcurrentHashMap<>();

    private record InvocationKey(String function, StartKind start, int hundreds) {}

    public String scrape() {
        return registry.scrape();
    }

    /** A value that is asked for when somebody looks. */
    public void gauge(String name, String help, Map<String, String> labels, Supplier<Number> value) {
        requireNonNull(value, "value is null");
        Tags tags = Tags.empty();
        for (Map.Entry<String, String> label : labels.entrySet()) {
            tags = tags.and(label.getKey(), label.getValue());
        }
        Gauge.builder(name, value)
                .description(help)
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }

    public void answered(String function, StartKind start, int status) {
        invocations
                .computeIfAbsent(new InvocationKey(function, start, status / 100), this::invocationCounter)
                .increment();
    }

    private Counter invocationCounter(InvocationKey key) {
        return Counter.builder("thaw.invocations")
                .description("Invocations that a function answered")
                .tags("function", key.function(), "start", key.start().label(), "status", key.hundreds() + "xx")
                .register(registry);
    }

    public void failed(String function, String problem) {
        Counter.builder("thaw.invocation.failures")
                .description("Invocations that Thaw answered with a problem")
                .tags("function", function, "problem", problem)
                .register(registry)
                .increment();
    }

    void started(StartRecord start) {
        String kind = start.kind().label();
        Counter.builder("thaw.starts")
                .description("Instances started")
                .tags("worker", start.worker(), "kind", kind)
                .register(registry)
                .increment();
        if (!start.failure().isEmpty()) {
            Counter.builder("thaw.thaw.failures")
                    .description("Thaws that failed and became boots")
                    .tags("worker", start.worker(), "reason", start.failure())
                    .register(registry)
                    .increment();
        }
        start.phasesMillis().forEach((phase, millis) -> phase(kind, phase, millis));
        Counter.builder("thaw.fetched")
                .description("Bytes of snapshots that came from outside the worker while a start waited")
                .baseUnit("bytes")
                .tags("worker", start.worker())
                .register(registry)
                .increment(start.fetchedBytes());
    }

    private void phase(String kind, Phase phase, double millis) {
        Timer.builder("thaw.start.phase")
                .description("Where the time of starts goes")
                .serviceLevelObjectives(PHASE_BUCKETS)
                .tags("kind", kind, "phase", phase.label())
                .register(registry)
                .record(Math.round(millis * 1e6), TimeUnit.NANOSECONDS);
    }

    void read(String worker, ThawReads reads) {
        reads.reads().forEach((kind, count) -> {
            Tags tags = Tags.of("worker", worker, "kind", kind.label());
            Counter.builder("thaw.lazy.reads")
                    .description("Reads of images that arrive behind their guests, up to a thaw's first answer")
                    .tags(tags)
                    .register(registry)
                    .increment(count.reads());
            Counter.builder("thaw.lazy.read")
                    .description("How long they took, all together")
                    .baseUnit("seconds")
                    .tags(tags)
                    .register(registry)
                    .increment(count.millis() / 1e3);
            summary("thaw.lazy.read.longest", "The longest of a thaw's reads, in seconds", tags)
                    .record(count.longestMillis() / 1e3);
        });
        reads.bytes()
                .forEach((source, bytes) -> Counter.builder("thaw.lazy.arrived")
                        .description("Bytes of images that arrive behind their guests, up to a thaw's first answer")
                        .baseUnit("bytes")
                        .tags("worker", worker, "source", source.label())
                        .register(registry)
                        .increment(bytes));
        Tags tags = Tags.of("worker", worker);
        summary("thaw.lazy.missed.blocks", "Blocks of 4 KiB that a thaw needed and that were not prefetched", tags)
                .record(reads.missedBlocks());
        reads.precision()
                .ifPresent(part -> summary(
                                "thaw.prefetch.precision", "Which part of what is prefetched a thaw touches", tags)
                        .record(part));
        reads.recall()
                .ifPresent(
                        part -> summary("thaw.prefetch.recall", "Which part of what a thaw touches is prefetched", tags)
                                .record(part));
    }

    private DistributionSummary summary(String name, String help, Tags tags) {
        return DistributionSummary.builder(name).description(help).tags(tags).register(registry);
    }

    void startFailed(String worker) {
        count("thaw.start.failures", "Starts that gave no instance", worker);
    }

    void frozen(FreezeRecord freeze) {
        count("thaw.freezes", "Snapshots taken", freeze.worker());
        Timer.builder("thaw.freeze.standstill")
                .description("How long instances stood still for their snapshots")
                .serviceLevelObjectives(PHASE_BUCKETS)
                .tags("worker", freeze.worker())
                .register(registry)
                .record(freeze.standstill());
    }

    void freezeFailed(String worker) {
        count("thaw.freeze.failures", "Freezes that gave no snapshot", worker);
    }

    void retired(String worker) {
        count("thaw.retirements", "Instances that were ended because nobody needed them", worker);
    }

    void ranShort(String worker, Shortage.Kind kind) {
        Counter.builder("thaw.shortages")
                .description("Times that a function ran out of memory, disk or files")
                .tags("worker", worker, "of", kind.name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment();
    }

    void died(String worker, boolean outOfMemory) {
        Counter.builder("thaw.deaths")
                .description("Instances that ended by themselves")
                .tags("worker", worker, "out_of_memory", Boolean.toString(outOfMemory))
                .register(registry)
                .increment();
    }

    void adoption(String worker, boolean healthy) {
        Counter.builder("thaw.adoptions")
                .description("Instances found that an earlier daemon has left")
                .tags("worker", worker, "result", healthy ? "adopted" : "removed")
                .register(registry)
                .increment();
    }

    private void count(String name, String help, String worker) {
        Counter.builder(name)
                .description(help)
                .tags("worker", worker)
                .register(registry)
                .increment();
    }
}
