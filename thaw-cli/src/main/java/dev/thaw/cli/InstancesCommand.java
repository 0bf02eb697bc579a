package dev.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
        name = "instances",
        description = "List the instances of all functions on all workers.",
        footer = {"", "Example:", "  thaw instances"})
final class InstancesCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Override
    public void run() {
        JsonNode answer = server.client().call("GET", "/api/v1/instances");
        if (output.json()) {
            output.print(answer);
            return;
        }
        Table table = new Table("INSTANCE", "REVISION", "WORKER", "STATE", "START", "IN FLIGHT", "INVOCATIONS", "PID");
        for (JsonNode instance : answer.get("instances")) {
            table.row(
                    instance.get("instance").stringValue(),
                    instance.get("revision").stringValue(),
                    instance.get("worker").stringValue(),
                    instance.get("state").stringValue(),
                    instance.path("start").asString("-"),
                    instance.get("in_flight").intValue(),
                    instance.get("invocations").longValue(),
                    instance.has("vmm_pid") ? instance.get("vmm_pid").longValue() : "-");
        }
        output.print(table);
    }
}
