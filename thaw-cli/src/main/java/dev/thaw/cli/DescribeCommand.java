package dev.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "describe",
        description = "Show a function's specification and its revision.",
        footer = {"", "Example:", "  thaw describe hello"})
final class DescribeCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "The function.")
    private String name = "";

    @Override
    public void run() {
        JsonNode function = server.client().call("GET", "/api/v1/functions/" + name);
        if (output.json()) {
            output.print(function);
            return;
        }
        Table table = new Table("FIELD", "VALUE");
        function.properties().forEach(entry -> table.row(entry.getKey(), value(entry.getValue())));
        output.print(table);
    }

    private static String value(JsonNode value) {
        return value.isString() ? value.stringValue() : value.toString();
    }
}
