package dev.thaw.gateway;

import dev.thaw.cache.EvictionReason;
import dev.thaw.cache.frame.FrameCacheStats;
import dev.thaw.cache.frame.PutRefusal;
import dev.thaw.gateway.http.HttpServer;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.observe.Metrics;
import dev.thaw.lazy.Troubles;
import dev.thaw.node.InstanceState;
import dev.thaw.node.Worker;
import dev.thaw.store.object.StoreException;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

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

    /** A worker's cache of frames. */
    static void register(Metrics metrics, String worker, Supplier<FrameCacheStats> frames) {
        Map<String, String> label = Map.of("worker", worker);
        frameGauge(metrics, "frames", "Frames in the cache", label, frames, FrameCacheStats::frames);
        frameGauge(metrics, "used.bytes", "What frames are charged", label, frames, FrameCacheStats::usedBytes);
        frameGauge(metrics, "pinned.bytes", "Of these, what is held", label, frames, FrameCacheStats::pinnedBytes);
        frameGauge(metrics, "queued.bytes", "What waits to be written", label, frames, FrameCacheStats::queuedBytes);
        frameGauge(metrics, "disk.bytes", "Disk that the frames take", label, frames, FrameCacheStats::diskBytes);
        frameGauge(metrics, "hits", "Frames that were in the cache", label, frames, FrameCacheStats::hits);
        frameGauge(metrics, "misses", "Frames that were not", label, frames, FrameCacheStats::misses);
        frameGauge(metrics, "bytes.out", "Sealed bytes given", label, frames, FrameCacheStats::bytesOut);
        frameGauge(metrics, "bytes.in", "Sealed bytes written", label, frames, FrameCacheStats::bytesIn);
        frameGauge(metrics, "faults", "Faults of the disk", label, frames, FrameCacheStats::faults);
        for (EvictionReason reason : EvictionReason.values()) {
            frameGauge(
                    metrics,
                    "evictions",
                    "Frames that left, by reason",
                    Map.of("worker", worker, "reason", reason.name().toLowerCase(Locale.ROOT)),
                    frames,
                    stats -> stats.evictions().getOrDefault(reason, 0L));
        }
        for (PutRefusal refusal : PutRefusal.values()) {
            frameGauge(
                    metrics,
                    "refusals",
                    "Frames that were not taken, by reason",
                    Map.of("worker", worker, "reason", refusal.name().toLowerCase(Locale.ROOT)),
                    frames,
                    stats -> stats.refusals().getOrDefault(refusal, 0L));
        }
    }

    /** What went wrong where snapshots arrive behind their guests. */
    static void register(Metrics metrics, String worker, Troubles troubles) {
        for (StoreException.Code code : StoreException.Code.values()) {
            Map<String, String> labels =
                    Map.of("worker", worker, "reason", code.name().toLowerCase(Locale.ROOT));
            metrics.gauge(
                    "thaw.lazy.reads.repeated",
                    "Reads of the store for running guests that failed and were made again, by reason",
                    labels,
                    () -> troubles.repeated(code));
            metrics.gauge(
                    "thaw.lazy.reads.given.up",
                    "Reads of the store for running guests that failed for good, by reason",
                    labels,
                    () -> troubles.givenUp(code));
        }
    }

    private static void frameGauge(
            Metrics metrics,
            String name,
            String help,
            Map<String, String> labels,
            Supplier<FrameCacheStats> frames,
            ToLongFunction<FrameCacheStats> value) {
        metrics.gauge("thaw.frames." + name, help, labels, () -> value.applyAsLong(frames.get()));
    }

    static void register(Metrics metrics, HttpServer server) {
        metrics.gauge("thaw.http.connections", "Connections of clients", Map.of(), server::connections);
    }
}
