package dev.thaw.cli;

import dev.thaw.gateway.text.Json;
import dev.thaw.store.DataSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "cache",
        description = "Show what the workers keep of snapshots.",
        subcommands = {CacheCommand.Drop.class, CacheCommand.Pin.class},
        footer = {"", "Example:", "  thaw cache --worker worker-1"})
final class CacheCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--worker", paramLabel = "W", description = "This worker's only.")
    private Optional<String> worker = Optional.empty();

    @Override
    public void run() {
        Client client = server.client();
        ObjectNode document = Json.object();
        ArrayNode caches = document.putArray("caches");
        for (String name : workers(client, worker)) {
            caches.add(client.call("GET", "/api/v1/workers/" + name + "/cache"));
        }
        if (output.json()) {
            output.print(document);
            return;
        }
        Table summary = new Table("WORKER", "SNAPSHOTS", "USED", "PINNED", "HITS", "MISSES", "FETCHED");
        Table contents = new Table("WORKER", "SNAPSHOT", "REVISION", "ALLOCATED", "IN USE", "PINNED", "LAST USED");
        for (JsonNode cache : caches) {
            String name = cache.get("worker").stringValue();
            JsonNode stats = cache.get("stats");
            summary.row(
                    name,
                    stats.get("snapshots").intValue(),
                    new DataSize(stats.get("used_bytes").longValue()),
                    new DataSize(stats.get("pinned_bytes").longValue()),
                    stats.get("hits").longValue(),
                    stats.get("misses").longValue(),
                    new DataSize(stats.get("origin_bytes").longValue()));
            for (JsonNode snapshot : cache.get("snapshots")) {
                contents.row(
                        name,
                        snapshot.get("snapshot")
                                .stringValue()
                                .substring("sha256:".length())
                                .substring(0, 12),
                        snapshot.get("revision").stringValue(),
                        new DataSize(snapshot.get("allocated_bytes").longValue()),
                        snapshot.get("leases").intValue(),
                        snapshot.get("pinned").booleanValue() ? "yes" : "no",
                        snapshot.get("last_used_at").stringValue());
            }
        }
        output.print(summary);
        output.print(contents);
    }

    private static List<String> workers(Client client, Optional<String> wanted) {
        if (wanted.isPresent()) {
            return List.of(wanted.get());
        }
        List<String> names = new ArrayList<>();
        client.call("GET", "/api/v1/workers")
                .get("workers")
                .forEach(one -> names.add(one.get("worker").stringValue()));
        return names;
    }

    @Command(
            name = "drop",
            description =
                    "Drop a snapshot, or all, from the workers' caches. One that is in use goes when it is not any more.",
            footer = {"", "Example:", "  thaw cache drop --worker worker-1 hello-00001"})
    static final class Drop implements Runnable {
        @Mixin
        private final ServerOption server = new ServerOption();

        @Mixin
        private final Output output = new Output();

        @Option(names = "--worker", paramLabel = "W", description = "From this worker's cache only.")
        private Optional<String> worker = Optional.empty();

        @Parameters(
                paramLabel = "REV",
                arity = "0..1",
                description = "A revision, or a snapshot's digest. Default: all.")
        private Optional<String> snapshot = Optional.empty();

        @Override
        public void run() {
            Client client = server.client();
            ObjectNode document = Json.object();
            ArrayNode workers = document.putArray("workers");
            for (String name : workers(client, worker)) {
                String query = snapshot.map(one -> "?snapshot=" + one).orElse("");
                workers.add(client.call("POST", "/api/v1/workers/" + name + "/cache/drop" + query));
            }
            if (output.json()) {
                output.print(document);
                return;
            }
            workers.forEach(one -> output.print(
                    one.get("worker").stringValue() + ": " + one.get("dropped").intValue() + " dropped"));
        }
    }

    @Command(
            name = "pin",
            description = "Keep a snapshot in the workers' caches whatever else needs the room.",
            footer = {"", "Example:", "  thaw cache pin hello-00001", "  thaw cache pin hello-00001 --release"})
    static final class Pin implements Runnable {
        @Mixin
        private final ServerOption server = new ServerOption();

        @Mixin
        private final Output output = new Output();

        @Option(names = "--worker", paramLabel = "W", description = "In this worker's cache only.")
        private Optional<String> worker = Optional.empty();

        @Option(names = "--release", description = "Keep it no longer.")
        private boolean release;

        @Parameters(paramLabel = "REV", description = "A revision, or a snapshot's digest.")
        private String snapshot = "";

        @Override
        public void run() {
            Client client = server.client();
            ObjectNode document = Json.object();
            ArrayNode workers = document.putArray("workers");
            for (String name : workers(client, worker)) {
                workers.add(client.call(
                        "POST", "/api/v1/workers/" + name + "/cache/pin?snapshot=" + snapshot + "&keep=" + !release));
            }
            if (output.json()) {
                output.print(document);
                return;
            }
            workers.forEach(
                    one -> output.print(one.get("worker").stringValue() + ": " + (release ? "released" : "pinned")));
        }
    }
}
