package dev.thaw.cli;

import dev.thaw.gateway.api.StoreJson;
import dev.thaw.gateway.text.Durations;
import dev.thaw.store.DataSize;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.Retention;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStores;
import dev.thaw.store.object.StoreException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
        name = "store",
        description = "Look after the store of snapshots, through a daemon or without one.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            StoreCommand.Du.class,
            StoreCommand.Gc.class,
            StoreCommand.Fsck.class,
            StoreKeysCommand.class,
            StoreBaseCommand.class
        },
        footer = {"", "Example:", "  thaw store du --store s3://snapshots/thaw"})
final class StoreCommand {
    /** A store that is worked on without its daemon. */
    static final class Offline {
        @Option(
                names = "--store",
                paramLabel = "URL",
                required = true,
                description = "The store: file:DIR or s3://BUCKET/PREFIX.")
        private String url = "";

        @Option(names = "--keys", paramLabel = "FILE", description = KEYS_HELP)
        private Optional<Path> keys = Optional.empty();

        /** Works on the store, and closes it; what it refuses ends the command. */
        <T> T with(Work<T> work) {
            return StoreCommand.with(url, keys, work);
        }
    }

    /** What is done with an open store. */
    interface Work<T> {
        T on(ObjectSnapshotStore store) throws StoreException;
    }

    private static <T> T with(String url, Optional<Path> keys, Work<T> work) {
        try (ObjectSnapshotStore store =
                new ObjectSnapshotStore(ObjectStores.open(url), StoreKeys.find(keys, url), Clock.systemUTC())) {
            return work.on(store);
        } catch (StoreException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    private static final String KEYS_HELP =
            "With --store: the keys that the store's daemons have. Default: $THAW_KEYS, else, for file:DIR, the file keys beside DIR.";

    static final class Target {
        @Mixin
        private final ServerOption server = new ServerOption();

        @Option(
                names = "--store",
                paramLabel = "URL",
                description = "The store itself, without a daemon: file:DIR or s3://BUCKET/PREFIX.")
        private Optional<String> url = Optional.empty();

        @Option(names = "--keys", paramLabel = "FILE", description = KEYS_HELP)
        private Optional<Path> keys = Optional.empty();

        JsonNode ask(String method, String path, Work<JsonNode> question) {
            if (url.isEmpty()) {
                return server.client().call(method, path);
            }
            return with(url.get(), keys, question);
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
                        kind.equals("functions") ? "FUNCTION" : "DOMAIN",
                        "SNAPSHOTS",
                        "LOGICAL",
                        "ZERO",
                        "REPEATED",
                        "DISTINCT",
                        "STORED",
                        "ALONE");
                for (JsonNode share : usage.get(kind)) {
                    table.row(
                            share.get("name").stringValue(),
                            share.get("snapshots").intValue(),
                            size(share, "logical_bytes"),
                            size(share, "zero_bytes"),
                            size(share, "repeated_bytes"),
                            size(share, "distinct_bytes"),
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
            description =
                    "Remove what no published snapshot refers to: a first run condemns it, one after the grace deletes it.",
            footer = {"", "Example:", "  thaw store gc --dry-run"})
    static final class Gc implements Runnable {
        @Mixin
        private final Target target = new Target();

        @Mixin
        private final Output output = new Output();

        @Option(names = "--dry-run", description = "Only say what would be removed.")
        private boolean dryRun;

        @Option(
                names = "--max-age",
                paramLabel = "DURATION",
                description = "First delete snapshots that were frozen longer ago, unless they are pinned.",
                converter = Converters.Time.class)
        private Optional<Duration> maxAge = Optional.empty();

        @Option(
                names = "--max-count",
                paramLabel = "N",
                description = "First delete all but the newest N snapshots of each function, unless they are pinned.")
        private OptionalInt maxCount = OptionalInt.empty();

        @Option(
                names = "--grace",
                paramLabel = "DURATION",
                description =
                        "How long something has been condemned before it is deleted; two hours at least. Default: ${DEFAULT-VALUE}.",
                defaultValue = "24h",
                converter = Converters.Time.class)
        private Duration grace = Duration.ZERO;

        @Override
        public void run() {
            JsonNode collected = target.ask(
                    "POST",
                    "/api/v1/store/collect?grace=" + Durations.format(grace) + "&dry_run=" + dryRun
                            + maxAge.map(age -> "&max_age=" + Durations.format(age))
                                    .orElse("")
                            + (maxCount.isPresent() ? "&max_count=" + maxCount.getAsInt() : ""),
                    store -> StoreJson.upkeep(store, new Retention(maxAge, maxCount), grace, dryRun));
            if (output.json()) {
                output.print(collected);
                return;
            }
            for (JsonNode snapshot : collected.get("withdrawn")) {
                output.print("%s of %s %s withdrawn."
                        .formatted(
                                snapshot.get("snapshot").stringValue(),
                                snapshot.get("revision").stringValue(),
                                dryRun ? "would be" : "has been"));
            }
            output.print(
                    "%s: %d objects with %s %s deleted, %d with %s %s condemned, to be deleted by a run after the grace."
                            .formatted(
                                    collected.get("store").stringValue(),
                                    collected.get("deleted").intValue(),
                                    size(collected, "deleted_bytes"),
                                    dryRun ? "would be" : "have been",
                                    collected.get("condemned").intValue(),
                                    size(collected, "condemned_bytes"),
                                    dryRun ? "would be" : "have been"));
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
                    store -> StoreJson.check(store.location(), store.check(repair, List.of(), Cancellation.never())));
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
