package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;

/** What the extender counts, for Prometheus. */
final class ExtenderMetrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Timer decisions = Timer.builder("thaw.extender.decision")
            .description("From the first byte of a request to its answer, before it is sent")
            .serviceLevelObjectives(
                    Duration.ofNanos(100_000),
                    Duration.ofNanos(250_000),
                    Duration.ofMillis(1),
                    Duration.ofMillis(10),
                    Duration.ofMillis(100))
            .register(registry);
    private final Counter noOpinion = Counter.builder("thaw.extender.no.opinion")
            .description("Pods that are none of ours")
            .register(registry);

    ExtenderMetrics(SnapshotIndex index) {
        requireNonNull(index, "index is null");
        gauge(
                "thaw.extender.nodes.fresh",
                "Nodes whose report can be relied on",
                () -> index.counts().freshNodes());
        gauge(
                "thaw.extender.nodes.stale",
                "Nodes whose heartbeats have stopped",
                () -> index.counts().staleNodes());
        gauge(
                "thaw.extender.snapshots",
                "Snapshots that some node holds",
                () -> index.counts().snapshots());
        gauge(
                "thaw.extender.entries",
                "Pairs of a snapshot and a node that holds it",
                () -> index.counts().entries());
        gauge(
                "thaw.extender.pending.pods",
                "Pods that are bound and do not run yet",
                () -> index.counts().pendingPods());
    }

    void decided(Duration time) {
        decisions.record(time);
    }

    void noOpinion() {
        noOpinion.increment();
    }

    /** @param reason malformed, too-large, not-ready, broken-off, slow or too-many-connections */
    void refused(String reason) {
        registry.counter("thaw.extender.refused", "reason", reason).increment();
    }

    /** @param kind of object whose watch has to start anew */
    void watchLost(String kind) {
        registry.counter("thaw.extender.watch.lost", "kind", kind).increment();
    }

    void badReport() {
        registry.counter("thaw.extender.bad.reports").increment();
    }

    void eventDropped() {
        registry.counter("thaw.extender.events.dropped").increment();
    }

    String scrape() {
        return registry.scrape();
    }

    private void gauge(String name, String description, java.util.function.Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }
}
