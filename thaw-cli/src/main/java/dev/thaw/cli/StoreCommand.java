package dev.thaw.cli;

import dev.thaw.gateway.api.StoreJson;
import dev.thaw.gateway.text.Durations;
import dev.thaw.store.Cancellation;
import dev.thaw.store.DataSize;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.ObjectStores;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
        name = "store",
        description = "Look after the store of snapshots, through a daemon or without one.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {StoreCommand.Du.class, StoreCommand.Gc.class, StoreCommand.Fsck.class},
        footer = {"", "Example:", "  thaw store du --store s3://snapshots/thaw"})
final class StoreCommand {
    /** Asked of a store directly, or of a daemon. */
    private interface Question {
        JsonNode ask(SnapshotStore store) throws StoreException;
    }

    static final class Target {
        @Mixin
        private final ServerOption server = new ServerOption();

        @Option(
                names = "--store",
                paramLabel = "URL",
                description = "The store itself, without a daemon: file:DIR or s3://BUCKET/PREFIX.")
        private Optional<String> url = Optional.empty();

        JsonNode ask(String method, String path, Question question) {
            if (url.isEmpty()) {
                return server.client().call(method, path);
            }
            try (SnapshotStore store = new ObjectSnapshotStore(ObjectStores.open(url.get()), Clock.systemUTC())) {
                return question.ask(store);
            } catch (StoreException e) {
                throw new CommandFailure(String.valueOf(e.getMessage()), e);
            }
        }
    }

    @Command(
            name = "du",
            description = "Show what the store's bytes are for.",
            footer = {"", "Example:", "  thaw store du --json"})
    static final class Du implements Runnable {
        @Mixin
        private final Target target = new Target();

        @Mixin
        private final Output output = new Output();

        @Override
        public void run() {
            JsonNode usage = target.ask(
                    "GET",
                    "/api/v1/store",
                    store -> StoreJson.usage(store.location(), store.usage(Cancellation.never())));
            if (output.json()) {
                output.print(usage);
                return;
            }
            for (String kind : new String[] {"functions", "domains"}) {
                Table table = new Table(
                        kind.equals("functions") ? "FUNCTION" : "DOMAIN", "SNAPSHOTS", "LOGICAL", "STORED", "ALONE");
                for (JsonNode share : usage.get(kind)) {
                    table.row(
                            share.get("name").stringValue(),
                            share.get("snapshots").intValue(),
                            size(share, "logical_bytes"),
                            size(share, "stored_bytes"),
                            size(share, "unique_bytes"));
                }
                output.print(table);
            }
            output.print("%s holds %s, %s of it for nothing that is published (thaw store gc removes it)."
                    .formatted(
                            usage.get("store").stringValue(),
                            size(usage, "stored_bytes"),
                            size(usage, "unreachable_bytes")));
        }
    }

    @Command(
            name = "gc",
            description = "Remove what no published snapshot refers to.",
            footer = {"", "Example:", "  thaw store gc --dry-run"})
    static final class Gc implements Runnable {
        @Mixin
        private final Target target = new Target();

        @Mixin
        private final Output output = new Output();

        @Option(names = "--dry-run", description = "Only say what would be removed.")
        private boolean dryRun;

        @Option(
                names = "--grace",
                paramLabel = "DURATION",
                description = "Leave what was written this recently; two hours at least. Default: ${DEFAULT-VALUE}.",
                defaultValue = "24h",
                converter = Converters.Time.class)
        private Duration grace = Duration.ZERO;

        @Override
        public void run() {
            JsonNode collected = target.ask(
                    "POST",
                    "/api/v1/store/collect?grace=" + Durations.format(grace) + "&dry_run=" + dryRun,
                    store -> StoreJson.collected(
                            store.location(), store.collect(grace, dryRun, Cancellation.never()), dryRun));
            if (output.json()) {
                output.print(collected);
                return;
            }
            output.print("%d parts with %s %s removed from %s."
                    .formatted(
                            collected.get("parts").intValue(),
                            size(collected, "bytes"),
                            dryRun ? "would be" : "have been",
                            collected.get("store").stringValue()));
        }
    }

    @Command(
            name = "fsck",
            description =
                    "Read and verify everything that is published. The exit code is 1 when something is wrong afterwards.",
            footer = {"", "Example:", "  thaw store fsck --repair"})
    static final class Fsck implements Runnable {
        @Mixin
        private final Target target = new Target();

        @Mixin
        private final Output output = new Output();

        @Option(
                names = "--repair",
                description = "Withdraw what is damaged or lost, so that the next boot freezes and publishes it anew.")
        private boolean repair;

        @Override
        public void run() {
            output.say("Reading all that is published…");
            JsonNode check = target.ask(
                    "POST",
                    "/api/v1/store/check?repair=" + repair,
                    store -> StoreJson.check(store.location(), store.check(repair, Cancellation.never())));
            if (output.json()) {
                output.print(check);
            } else {
                print(check);
            }
            for (JsonNode finding : check.get("findings")) {
                if (!finding.get("repaired").booleanValue()) {
                    throw new CommandFailure(
                            repair
                                    ? "Not everything could be repaired."
                                    : "The store has faults; run thaw store fsck --repair.");
                }
            }
        }

        private void print(JsonNode check) {
            Table table = new Table("OBJECT", "REPAIRED", "WHAT IS WRONG");
            for (JsonNode finding : check.get("findings")) {
                table.row(
                        finding.get("key").stringValue(),
                        finding.get("repaired").booleanValue() ? "yes" : "no",
                        finding.get("text").stringValue());
            }
            if (!check.get("findings").isEmpty()) {
                output.print(table);
            }
            output.print("%d snapshots with %s read from %s, %d faults."
                    .formatted(
                            check.get("snapshots").intValue(),
                            size(check, "read_bytes"),
                            check.get("store").stringValue(),
                            check.get("findings").size()));
        }
    }

    private static DataSize size(JsonNode json, String name) {
        return new DataSize(json.get(name).longValue());
    }
}
