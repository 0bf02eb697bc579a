package dev.thaw.cli;

import dev.thaw.store.DataSize;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
        name = "snapshots",
        description = "List the snapshots in the store and in the workers' caches.",
        footer = {"", "Example:", "  thaw snapshots"})
final class SnapshotsCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Override
    public void run() {
        JsonNode answer = server.client().call("GET", "/api/v1/snapshots");
        if (output.json()) {
            output.print(answer);
            return;
        }
        Table table = new Table("SNAPSHOT", "REVISION", "LOGICAL", "NOT ZERO", "PUBLISHED", "WORKERS", "FROZEN");
        for (JsonNode snapshot : answer.get("snapshots")) {
            List<String> workers = new ArrayList<>();
            snapshot.get("workers").forEach(worker -> workers.add(worker.stringValue()));
            table.row(
                    snapshot.get("snapshot")
                            .stringValue()
                            .substring("sha256:".length())
                            .substring(0, 12),
                    snapshot.get("revision").stringValue(),
                    new DataSize(snapshot.get("logical_bytes").longValue()),
                    new DataSize(snapshot.get("dense_bytes").longValue()),
                    snapshot.get("published").booleanValue() ? "yes" : "no",
                    workers.isEmpty() ? "-" : String.join(",", workers),
                    snapshot.get("frozen_at").stringValue());
        }
        output.print(table);
    }
}
