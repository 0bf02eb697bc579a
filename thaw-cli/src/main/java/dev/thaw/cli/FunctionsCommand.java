package dev.thaw.cli;

import dev.thaw.store.DataSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
        name = "functions",
        description = "List the functions that are deployed.",
        footer = {"", "Example:", "  thaw functions"})
final class FunctionsCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Override
    public void run() {
        JsonNode answer = server.client().call("GET", "/api/v1/functions");
        if (output.json()) {
            output.print(answer);
            return;
        }
        Table table = new Table("NAME", "REVISION", "IMAGE", "MEMORY", "INSTANCES", "DEPLOYED");
        for (JsonNode function : answer.get("functions")) {
            table.row(
                    function.get("name").stringValue(),
                    function.get("revision").stringValue(),
                    function.get("image").stringValue(),
                    new DataSize(function.get("memory_bytes").longValue()),
                    function.get("instances").intValue(),
                    function.get("deployed_at").stringValue());
        }
        output.print(table);
    }
}
