package dev.thaw.cli;

import dev.thaw.gateway.text.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "version",
        description = "Print the version of Thaw and of its Java.",
        footer = {"", "Example:", "  thaw version --json"})
final class VersionCommand implements Runnable {
    @Mixin
    private final Output output = new Output();

    @Override
    public void run() {
        String version = String.valueOf(Main.class.getPackage().getImplementationVersion());
        String shown = version.equals("null") ? "development" : version;
        String java = Runtime.version().toString();
        if (output.json()) {
            ObjectNode json = Json.object();
            json.put("version", shown);
            json.put("java", java);
            output.print(json);
        } else {
            output.print("thaw " + shown + " (Java " + java + ")");
        }
    }
}
