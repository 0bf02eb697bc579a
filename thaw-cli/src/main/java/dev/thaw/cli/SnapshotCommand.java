package dev.thaw.cli;

import dev.thaw.store.DataSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "snapshot",
        description = "Look at a snapshot, or delete it.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {SnapshotCommand.Inspect.class, SnapshotCommand.Delete.class, SnapshotCommand.Pin.class},
        footer = {"", "Example:", "  thaw snapshot inspect hello-00001"})
final class SnapshotCommand {
    @Command(
            name = "inspect",
            description = "Show a snapshot's parts, their sizes, and the host that it fits.",
            footer = {"", "Example:", "  thaw snapshot inspect hello-00001"})
    static final class Inspect implements Runnable {
        @Mixin
        private final ServerOption server = new ServerOption();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "REV", description = "A revision, or a snapshot's digest or its first digits.")
        private String snapshot = "";

        @Override
        public void run() {
            JsonNode answer = server.client().call("GET", "/api/v1/snapshots/" + snapshot);
            if (output.json()) {
                output.print(answer);
                return;
            }
            for (JsonNode one : answer.get("snapshots")) {
                output.print("snapshot " + one.get("snapshot").stringValue() + " of "
                        + one.get("revision").stringValue() + ", frozen at "
                        + one.get("frozen_at").stringValue());
                Table parts = new Table("PART", "LOGICAL", "STORED", "DIGEST");
                for (JsonNode part : one.get("parts")) {
                    parts.row(
                            part.get("part").stringValue(),
                            new DataSize(part.get("logical_bytes").longValue()),
                            new DataSize(part.get("stored_bytes").longValue()),
                            part.get("digest").stringValue());
                }
                output.print(parts);
                Table fit = new Table("FITS", "VALUE");
                one.get("fit")
                        .properties()
                        .forEach(entry ->
                                fit.row(entry.getKey(), entry.getValue().asString()));
                output.print(fit);
            }
        }
    }

    @Command(
            name = "delete",
            description = "Delete a snapshot from the store and from all caches.",
            footer = {"", "Example:", "  thaw snapshot delete hello-00001"})
    static final class Delete implements Runnable {
        @Mixin
        private final ServerOption server = new ServerOption();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "REV", description = "A revision, or a snapshot's digest or its first digits.")
        private String snapshot = "";

        @Override
        public void run() {
            JsonNode answer = server.client().call("DELETE", "/api/v1/snapshots/" + snapshot);
            if (output.json()) {
                output.print(answer);
                return;
            }
            answer.get("deleted").forEach(one -> output.print(one.stringValue() + " deleted"));
        }
    }

    @Command(
            name = "pin",
            description = "Keep a snapshot in the store whatever thaw store gc says of age and count.",
            footer = {"", "Example:", "  thaw snapshot pin hello-00001", "  thaw snapshot pin hello-00001 --release"})
    static final class Pin implements Runnable {
        @Mixin
        private final ServerOption server = new ServerOption();

        @Mixin
        private final Output output = new Output();

        @Option(names = "--release", description = "Keep it no longer.")
        private boolean release;

        @Parameters(paramLabel = "REV", description = "A revision, or a snapshot's digest or its first digits.")
        private String snapshot = "";

        @Override
        public void run() {
            JsonNode answer = server.client().call("POST", "/api/v1/snapshots/" + snapshot + "/pin?keep=" + !release);
            if (output.json()) {
                output.print(answer);
                return;
            }
            String done = release ? "released" : "pinned";
            answer.get(done).forEach(one -> output.print(one.stringValue() + " " + done));
        }
    }
}
