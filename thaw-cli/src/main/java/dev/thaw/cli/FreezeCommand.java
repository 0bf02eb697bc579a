package dev.thaw.cli;

import dev.thaw.store.DataSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "freeze",
        description = "Take a snapshot of an idle instance now.",
        footer = {"", "Example:", "  thaw freeze hello"})
final class FreezeCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "The function.")
    private String name = "";

    @Override
    public void run() {
        JsonNode answer = server.client().call("POST", "/api/v1/functions/" + name + "/freeze");
        if (output.json()) {
            output.print(answer);
            return;
        }
        output.print("snapshot " + answer.get("snapshot").stringValue() + " of "
                + answer.get("revision").stringValue() + ": "
                + new DataSize(answer.get("logical_bytes").longValue()) + ", not zero "
                + new DataSize(answer.get("dense_bytes").longValue()) + ", the instance stood still for "
                + answer.get("standstill_ms").doubleValue() + " ms");
    }
}
