package dev.thaw.cli;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.Behind;
import dev.thaw.cli.bench.BenchServer;
import dev.thaw.cli.bench.Measured;
import dev.thaw.gateway.text.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A daemon as the benchmarks and the demo use it: over its HTTP interface. */
final class ClientBenchServer implements BenchServer {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration TELLING = Duration.ofSeconds(3);
    private static final long POLL_NANOS = 5_000_000;

    private final Client client;

    ClientBenchServer(Client client) {
        this.client = requireNonNull(client, "client is null");
    }

    @Override
    public String deploy(
            String name, String image, long memoryBytes, boolean snapshots, Map<String, String> environment) {
        ObjectNode spec = Json.object();
        spec.put("name", name);
        spec.put("image", image);
        spec.put("memory_bytes", memoryBytes);
        spec.put("snapshot", snapshots);
        ObjectNode variables = spec.putObject("env");
        environment.forEach(variables::put);
        return client.deploy(spec, words -> {}).path("revision").stringValue();
    }

    @Override
    public Answer invoke(String function, String worker) {
        return answer(call(function, worker));
    }

    private static Answer answer(Invocation invocation) {
        return new Answer(
                invocation.status(),
                invocation.start(),
                invocation.instance(),
                new Measured(
                        invocation.beginNanos(),
                        invocation.firstByteMillis(),
                        invocation.initializationMillis().orElse(0),
                        invocation.phasesMillis(),
                        invocation.fetchedBytes(),
                        Optional.empty(),
                        Optional.empty()));
    }

    @Override
    public Optional<Behind> behind(String function, String instance) {
        long deadline = System.nanoTime() + TELLING.toNanos();
        Optional<Behind> told = told(function, instance);
        while (told.isEmpty() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(POLL_NANOS);
            told = told(function, instance);
        }
        return told;
    }

    private Optional<Behind> told(String function, String instance) {
        return client.call("GET", "/api/v1/functions/" + function + "/explain")
                .path("starts")
                .valueStream()
                .filter(start -> start.path("instance").stringValue().equals(instance) && start.has("behind"))
                .map(start -> start.get("behind"))
                .map(behind -> new Behind(
                        behind.path("hot_blocks").longValue(),
                        behind.path("missed_blocks").longValue(),
                        behind.has("touched_blocks")
                                ? OptionalLong.of(behind.get("touched_blocks").longValue())
                                : OptionalLong.empty()))
                .findFirst();
    }

    @Override
    public void awaitPrepared(String worker) {
        await(
                "a VMM that stands by on " + worker,
                () -> client.text("/metrics")
                        .lines()
                        .filter(line ->
                                line.startsWith("thaw_prepared_standing{") && line.contains("\"" + worker + "\""))
                        .filter(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))) > 0)
                        .findFirst());
    }

    @Override
    public Held hold(String function, String worker) {
        HeldBody body = new HeldBody();
        ClassicHttpRequest request = new BasicClassicHttpRequest("POST", "/function/" + function + "/echo");
        request.setHeader("Thaw-Worker", worker);
        request.setEntity(body);
        long begin = System.nanoTime();
        Reply reply = client.send(request);
        double firstByte = (System.nanoTime() - begin) / 1e6;
        Answer answer = answer(Invocation.of(reply, new byte[0], begin, firstByte, firstByte));
        return new Held() {
            @Override
            public Answer answer() {
                return answer;
            }

            @Override
            public void close() {
                try (reply) {
                    body.end();
                    reply.copyTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                    throw new CommandFailure("The invocation broke off: " + e.getMessage(), e);
                }
            }
        };
    }

    Invocation call(String function, String worker) {
        return client.invoke(function, "GET", "/", Map.of("Thaw-Worker", worker), new byte[0]);
    }

    @Override
    public void retireAll(String function) {
        await("the end of all instances of " + function, () -> {
            client.call("POST", "/api/v1/functions/" + function + "/retire?all=true");
            return client.call("GET", "/api/v1/instances?function=" + function)
                            .path("instances")
                            .isEmpty()
                    ? Optional.of(true)
                    : Optional.empty();
        });
    }

    @Override
    public List<Part> awaitSnapshot(String revision, String worker) {
        return await("a snapshot of " + revision, () -> {
            for (JsonNode snapshot : client.call("GET", "/api/v1/snapshots").path("snapshots")) {
                if (snapshot.path("revision").stringValue().equals(revision)
                        && snapshot.path("published").booleanValue()
                        && snapshot.path("workers")
                                .valueStream()
                                .anyMatch(name -> name.stringValue().equals(worker))) {
                    return Optional.of(parts(revision));
                }
            }
            return Optional.empty();
        });
    }

    private List<Part> parts(String revision) {
        List<Part> parts = new ArrayList<>();
        JsonNode snapshot = client.call("GET", "/api/v1/snapshots/" + revision)
                .path("snapshots")
                .get(0);
        for (JsonNode part : snapshot.path("parts")) {
            String digest = part.path("digest").stringValue();
            parts.add(new Part(
                    part.path("part").stringValue(),
                    digest.substring(digest.indexOf(':') + 1),
                    part.path("logical_bytes").longValue(),
                    part.path("stored_bytes").longValue()));
        }
        return parts;
    }

    /** An instance's hold on its snapshot ends a moment after the instance; until then a drop would only be noted. */
    @Override
    public void dropCached(String revision, String worker) {
        String cache = "/api/v1/workers/" + worker + "/cache";
        List<JsonNode> here = await("the last hold on the snapshot of " + revision + " on " + worker, () -> {
            List<JsonNode> listed = client.call("GET", cache)
                    .path("snapshots")
                    .valueStream()
                    .filter(snapshot -> snapshot.path("revision").stringValue().equals(revision))
                    .toList();
            return listed.stream().allMatch(snapshot -> snapshot.path("leases").intValue() == 0)
                    ? Optional.of(listed)
                    : Optional.empty();
        });
        if (!here.isEmpty()) {
            client.call("POST", cache + "/drop?snapshot=" + revision);
        }
    }

    private static <T> T await(String what, Supplier<Optional<T>> attempt) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<T> result = attempt.get();
            if (result.isPresent()) {
                return result.get();
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailure("Waited " + PATIENCE.toSeconds() + " s in vain for " + what + ".");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
