package dev.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "delete",
        description = "Delete a function. Its instances are retired; its snapshots stay in the store.",
        footer = {"", "Example:", "  thaw delete hello"})
final class DeleteCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "The function.")
    private String name = "";

    @Override
    public void run() {
        JsonNode answer = server.client().call("DELETE", "/api/v1/functions/" + name);
        if (output.json()) {
            output.print(answer);
        } else {
            output.print(answer.get("deleted").stringValue() + " deleted");
        }
    }
}
