package dev.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "retire",
        description = "End a function's idle instances now.",
        footer = {"", "Example:", "  thaw retire hello --all"})
final class RetireCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "The function.")
    private String name = "";

    @Option(names = "--all", description = "The others too, as soon as their invocations have ended.")
    private boolean all;

    @Override
    public void run() {
        JsonNode answer =
                server.client().call("POST", "/api/v1/functions/" + name + "/retire" + (all ? "?all=true" : ""));
        if (output.json()) {
            output.print(answer);
        } else {
            output.print(answer.get("retired").intValue() + " retired");
        }
    }
}
