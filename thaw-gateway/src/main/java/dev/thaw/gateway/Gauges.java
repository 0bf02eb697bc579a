package dev.thaw.gateway;

import dev.thaw.gateway.http.HttpServer;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.observe.Metrics;
import dev.thaw.node.InstanceState;
import dev.thaw.node.Worker;
import java.util.Map;

/** Values that are looked up when somebody asks for the metrics. */
final class Gauges {
    private Gauges() {}

    static void register(Metrics metrics, Workers workers) {
        for (Worker worker : workers.list()) {
            Map<String, String> label = Map.of("worker", worker.name());
            for (InstanceState state : InstanceState.values()) {
                if (state != InstanceState.GONE) {
                    metrics.gauge(
                            "thaw.instances",
                            "Instances by state",
                            Map.of("worker", worker.name(), "state", state.label()),
                            () -> worker.instances().stream()
                                    .filter(view -> view.state() == state)
                                    .count());
                }
            }
            metrics.gauge("thaw.queue", "Invocations that wait for an instance", label, worker::queued);
            metrics.gauge("thaw.memory.free.bytes", "Memory left for instances", label, worker::freeBytes);
            metrics.gauge(
                    "thaw.prepared.standing",
                    "VMMs that stand by",
                    label,
                    () -> worker.prepared().standing());
            metrics.gauge(
                    "thaw.prepared.taken",
                    "Thaws that took a VMM that stood by",
                    label,
                    () -> worker.prepared().taken());
            metrics.gauge(
                    "thaw.prepared.missed",
                    "Thaws that found none standing by",
                    label,
                    () -> worker.prepared().missed());
            metrics.gauge(
                    "thaw.prepared.lost",
                    "VMMs that died while they stood by, or failed in the thaw that took them",
                    label,
                    () -> worker.prepared().lost());
            metrics.gauge(
                    "thaw.cache.used.bytes",
                    "Disk that the cache uses",
                    label,
                    () -> worker.cache().stats().usedBytes());
            metrics.gauge(
                    "thaw.cache.pinned.bytes",
                    "Disk that running instances hold in the cache",
                    label,
                    () -> worker.cache().stats().pinnedBytes());
            metrics.gauge(
                    "thaw.cache.snapshots",
                    "Snapshots in the cache",
                    label,
                    () -> worker.cache().stats().snapshots());
            metrics.gauge(
                    "thaw.cache.hits",
                    "Acquisitions that found every part in the cache",
                    label,
                    () -> worker.cache().stats().hits());
            metrics.gauge(
                    "thaw.cache.misses",
                    "Acquisitions that fetched a part",
                    label,
                    () -> worker.cache().stats().misses());
        }
    }

    static void register(Metrics metrics, HttpServer server) {
        metrics.gauge("thaw.http.connections", "Connections of clients", Map.of(), server::connections);
    }
}
