package dev.thaw.gateway.api;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheException;
import dev.thaw.cache.CacheStats;
import dev.thaw.cache.CachedSnapshot;
import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.text.Json;
import dev.thaw.gateway.text.Nearest;
import dev.thaw.node.InstanceView;
import dev.thaw.node.Worker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hc.core5.http.HttpException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/instances} and {@code /api/v1/workers}, with their caches. */
public final class NodesApi {
    private final Workers workers;

    public NodesApi(Workers workers) {
        this.workers = requireNonNull(workers, "workers is null");
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/api/v1/instances", (exchange, variables) -> instances(exchange)),
                new Route(
                        "GET",
                        "/api/v1/instances/{id}",
                        (exchange, variables) -> instance(exchange, String.valueOf(variables.get("id")))),
                new Route("GET", "/api/v1/workers", (exchange, variables) -> list(exchange)),
                new Route(
                        "GET",
                        "/api/v1/workers/{worker}/cache",
                        (exchange, variables) -> Replies.json(exchange, 200, cache(find(variables)))),
                new Route(
                        "POST",
                        "/api/v1/workers/{worker}/cache/drop",
                        (exchange, variables) -> drop(exchange, find(variables))),
                new Route(
                        "POST",
                        "/api/v1/workers/{worker}/cache/pin",
                        (exchange, variables) -> pin(exchange, find(variables))));
    }

    private Worker find(Map<String, String> variables) throws ProblemException {
        try {
            return workers.named(String.valueOf(variables.get("worker")));
        } catch (IllegalArgumentException e) {
            throw Problem.notFound(String.valueOf(e.getMessage())).asException();
        }
    }

    private List<InstanceView> all() {
        List<InstanceView> views = new ArrayList<>();
        workers.list().forEach(worker -> views.addAll(worker.instances()));
        return views;
    }

    private void instances(Exchange exchange) throws ProblemException, HttpException, IOException {
        Map<String, String> parameters = Replies.parameters(exchange, "function");
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("instances");
        all().stream()
                .filter(view -> view.function().equals(parameters.getOrDefault("function", view.function())))
                .forEach(view -> array.add(json(view)));
        Replies.json(exchange, 200, json);
    }

    private void instance(Exchange exchange, String id) throws ProblemException, HttpException, IOException {
        InstanceView view = all().stream()
                .filter(instance -> instance.instance().equals(id))
                .findFirst()
                .orElseThrow(() -> Problem.notFound("There is no instance '" + id + "', or none any more."
                                + Nearest.hint(
                                        id,
                                        all().stream()
                                                .map(InstanceView::instance)
                                                .toList()))
                        .asException());
        Replies.json(exchange, 200, json(view));
    }

    private static ObjectNode json(InstanceView view) {
        ObjectNode json = Json.object();
        json.put("instance", view.instance());
        json.put("function", view.function());
        json.put("revision", view.revision());
        json.put("worker", view.worker());
        json.put("state", view.state().label());
        view.start().ifPresent(kind -> json.put("start", kind.label()));
        json.put("in_flight", view.inFlight());
        json.put("invocations", view.invocations());
        if (view.vmmPid() > 0) {
            json.put("vmm_pid", view.vmmPid());
        }
        json.put("memory_bytes", view.memoryBytes());
        return json;
    }

    private void list(Exchange exchange) throws ProblemException, HttpException, IOException {
        Replies.parameters(exchange);
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("workers");
        for (Worker worker : workers.list()) {
            ObjectNode one = array.addObject();
            one.put("worker", worker.name());
            one.put("mode", worker.mode().label());
            one.put("instances", worker.instances().size());
            one.put("queued", worker.queued());
            one.put("memory_free_bytes", worker.freeBytes());
            one.set("cache", stats(worker.cache().stats()));
        }
        Replies.json(exchange, 200, json);
    }

    private static ObjectNode stats(CacheStats stats) {
        ObjectNode json = Json.object();
        json.put("snapshots", stats.snapshots());
        json.put("used_bytes", stats.usedBytes());
        json.put("pinned_bytes", stats.pinnedBytes());
        json.put("hits", stats.hits());
        json.put("misses", stats.misses());
        json.put("origin_bytes", stats.originBytes());
        json.put("corrupt_parts", stats.corruptParts());
        ObjectNode evictions = json.putObject("evictions");
        stats.evictions().forEach((reason, count) -> evictions.put(reason.name().toLowerCase(Locale.ROOT), count));
        return json;
    }

    private static ObjectNode cache(Worker worker) {
        ObjectNode json = Json.object();
        json.put("worker", worker.name());
        json.set("stats", stats(worker.cache().stats()));
        ArrayNode array = json.putArray("snapshots");
        for (CachedSnapshot cached : worker.snapshots()) {
            ObjectNode one = array.addObject();
            one.put("snapshot", cached.manifest().id().toString());
            one.put("revision", cached.manifest().revision());
            one.put("allocated_bytes", cached.allocatedBytes());
            one.put("logical_bytes", cached.manifest().logicalBytes());
            one.put("leases", cached.leases());
            one.put("pinned", cached.keep());
            one.put("last_used_at", cached.lastUsed().toString());
        }
        return json;
    }

    /** Without a snapshot: all. */
    private void drop(Exchange exchange, Worker worker) throws ProblemException, HttpException, IOException {
        String wanted = Replies.parameters(exchange, "snapshot").getOrDefault("snapshot", "");
        List<CachedSnapshot> cached = SnapshotNames.cached(worker, wanted);
        int dropped = 0;
        try {
            for (CachedSnapshot snapshot : cached) {
                dropped += worker.dropSnapshot(snapshot.manifest().id()) ? 1 : 0;
            }
        } catch (CacheException e) {
            throw unusable(e);
        }
        ObjectNode json = Json.object();
        json.put("worker", worker.name());
        json.put("dropped", dropped);
        Replies.json(exchange, 200, json);
    }

    private void pin(Exchange exchange, Worker worker) throws ProblemException, HttpException, IOException {
        Map<String, String> parameters = Replies.parameters(exchange, "snapshot", "keep");
        String wanted = parameters.getOrDefault("snapshot", "");
        if (wanted.isEmpty()) {
            throw Problem.badRequest("Name the snapshot or its revision: ?snapshot=REV.")
                    .asException();
        }
        boolean keep = !parameters.containsKey("keep") || Replies.flag(parameters, "keep");
        int pinned = 0;
        try {
            for (CachedSnapshot snapshot : SnapshotNames.cached(worker, wanted)) {
                pinned += worker.cache().keep(snapshot.manifest().id(), keep) ? 1 : 0;
            }
        } catch (CacheException e) {
            throw unusable(e);
        }
        ObjectNode json = Json.object();
        json.put("worker", worker.name());
        json.put(keep ? "pinned" : "released", pinned);
        Replies.json(exchange, 200, json);
    }

    private static ProblemException unusable(CacheException e) {
        return Problem.of(500, "cache-unusable", "The worker's cache cannot be used", String.valueOf(e.getMessage()))
                .asException();
    }
}
