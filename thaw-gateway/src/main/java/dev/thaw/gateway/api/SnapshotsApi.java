package dev.thaw.gateway.api;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheException;
import dev.thaw.cache.CachedSnapshot;
import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.text.Json;
import dev.thaw.node.Worker;
import dev.thaw.store.HostFit;
import dev.thaw.store.Manifest;
import dev.thaw.store.Part;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.StoreUsage;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hc.core5.http.HttpException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/snapshots}: those in the store and those in the workers' caches. */
public final class SnapshotsApi {
    private final Optional<SnapshotStore> store;
    private final Workers workers;

    /** @param store empty when nothing is published */
    public SnapshotsApi(Optional<SnapshotStore> store, Workers workers) {
        this.store = requireNonNull(store, "store is null");
        this.workers = requireNonNull(workers, "workers is null");
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/api/v1/snapshots", (exchange, variables) -> list(exchange)),
                new Route(
                        "GET",
                        "/api/v1/snapshots/{snapshot}",
                        (exchange, variables) -> inspect(exchange, String.valueOf(variables.get("snapshot")))),
                new Route(
                        "DELETE",
                        "/api/v1/snapshots/{snapshot}",
                        (exchange, variables) -> delete(exchange, String.valueOf(variables.get("snapshot")))),
                new Route(
                        "POST",
                        "/api/v1/snapshots/{snapshot}/pin",
                        (exchange, variables) -> pin(exchange, String.valueOf(variables.get("snapshot")))));
    }

    /** A snapshot and where it is. */
    private record Known(Manifest manifest, boolean published, List<String> workers) {}

    private List<Known> all() throws ProblemException {
        Map<Digest, Manifest> manifests = new LinkedHashMap<>();
        Map<Digest, List<String>> places = new LinkedHashMap<>();
        List<Digest> published = new ArrayList<>();
        if (store.isPresent()) {
            try {
                for (Manifest manifest : store.get().list(Cancellation.never())) {
                    manifests.put(manifest.id(), manifest);
                    published.add(manifest.id());
                }
            } catch (StoreException e) {
                throw unusable(e);
            }
        }
        for (Worker worker : workers.list()) {
            for (CachedSnapshot cached : worker.snapshots()) {
                Digest id = cached.manifest().id();
                manifests.putIfAbsent(id, cached.manifest());
                places.computeIfAbsent(id, key -> new ArrayList<>()).add(worker.name());
            }
        }
        List<Known> all = new ArrayList<>();
        manifests.forEach((id, manifest) ->
                all.add(new Known(manifest, published.contains(id), places.getOrDefault(id, List.of()))));
        return all;
    }

    private List<Known> find(String wanted) throws ProblemException {
        List<Known> all = all();
        List<Known> found = all.stream()
                .filter(known -> SnapshotNames.names(wanted, known.manifest()))
                .toList();
        if (found.isEmpty()) {
            throw SnapshotNames.unknown(
                    wanted,
                    all.stream().map(known -> known.manifest().revision()).toList());
        }
        return found;
    }

    private void list(Exchange exchange) throws ProblemException, HttpException, IOException {
        Replies.parameters(exchange);
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("snapshots");
        for (Known known : all()) {
            array.add(summary(known));
        }
        Replies.json(exchange, 200, json);
    }

    private static ObjectNode summary(Known known) {
        Manifest manifest = known.manifest();
        ObjectNode json = Json.object();
        json.put("snapshot", manifest.id().toString());
        json.put("revision", manifest.revision());
        json.put("image", manifest.image().toString());
        json.put("frozen_at", manifest.frozenAt().toString());
        json.put("logical_bytes", manifest.logicalBytes());
        json.put("dense_bytes", manifest.denseBytes());
        json.put("published", known.published());
        ArrayNode workers = json.putArray("workers");
        known.workers().forEach(workers::add);
        return json;
    }

    private void inspect(Exchange exchange, String wanted) throws ProblemException, HttpException, IOException {
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("snapshots");
        for (Known known : find(wanted)) {
            Manifest manifest = known.manifest();
            ObjectNode one = summary(known);
            one.put("identity", manifest.identity().toString());
            one.put("domain", manifest.trustDomain());
            Map<String, StoreUsage.Share> stored = stored(manifest);
            ArrayNode parts = one.putArray("parts");
            for (Part part : manifest.parts()) {
                ObjectNode partJson = parts.addObject();
                partJson.put("part", part.kind().label());
                partJson.put("digest", part.digest().toString());
                partJson.put("logical_bytes", part.sizeBytes());
                StoreUsage.Share share = stored.get(part.kind().label());
                partJson.put("stored_bytes", share == null ? part.denseBytes() : share.storedBytes());
                if (share != null) {
                    partJson.put("zero_bytes", share.zeroBytes());
                    partJson.put("repeated_bytes", share.repeatedBytes());
                    partJson.put("distinct_bytes", share.distinctBytes());
                }
            }
            one.set("fit", fit(manifest.fit()));
            array.add(one);
        }
        Replies.json(exchange, 200, json);
    }

    /** What each part takes in the store; empty when it is not there. */
    private Map<String, StoreUsage.Share> stored(Manifest manifest) throws ProblemException {
        if (store.isEmpty()) {
            return Map.of();
        }
        try {
            return store.get().usageOf(manifest.id(), Cancellation.never()).stream()
                    .collect(Collectors.toMap(StoreUsage.Share::name, share -> share));
        } catch (StoreException e) {
            throw unusable(e);
        }
    }

    private static ObjectNode fit(HostFit fit) {
        ObjectNode json = Json.object();
        json.put("sandbox", fit.sandbox());
        json.put("sandbox_version", fit.sandboxVersion());
        json.put("cpu", fit.cpu());
        json.put("memory_bytes", fit.memory().bytes());
        json.put("cpus", fit.vcpus());
        json.put("devices", fit.devices().toString());
        fit.tscKhz().ifPresent(khz -> json.put("tsc_khz", khz));
        return json;
    }

    /** Keeps snapshots in the store whatever their age and count, or with {@code keep=false} no longer. */
    private void pin(Exchange exchange, String wanted) throws ProblemException, HttpException, IOException {
        Map<String, String> parameters = Replies.parameters(exchange, "keep");
        boolean keep = !parameters.containsKey("keep") || Replies.flag(parameters, "keep");
        ObjectNode json = Json.object();
        ArrayNode pinned = json.putArray(keep ? "pinned" : "released");
        for (Known known : find(wanted)) {
            Digest id = known.manifest().id();
            try {
                if (store.isPresent() && store.get().pin(id, keep, Cancellation.never())) {
                    pinned.add(id.toString());
                }
            } catch (StoreException e) {
                throw unusable(e);
            }
        }
        Replies.json(exchange, 200, json);
    }

    private void delete(Exchange exchange, String wanted) throws ProblemException, HttpException, IOException {
        ObjectNode json = Json.object();
        ArrayNode deleted = json.putArray("deleted");
        for (Known known : find(wanted)) {
            Digest id = known.manifest().id();
            try {
                if (known.published() && store.isPresent()) {
                    store.get().delete(id, Cancellation.never());
                }
                for (Worker worker : workers.list()) {
                    worker.dropSnapshot(id);
                }
            } catch (StoreException e) {
                throw unusable(e);
            } catch (CacheException e) {
                throw Problem.of(
                                500,
                                "cache-unusable",
                                "A worker's cache cannot be used",
                                String.valueOf(e.getMessage()))
                        .asException();
            }
            deleted.add(id.toString());
        }
        Replies.json(exchange, 200, json);
    }

    static ProblemException unusable(StoreException e) {
        return Problem.of(502, "store-unusable", "The store cannot be used", String.valueOf(e.getMessage()))
                .asException();
    }
}
