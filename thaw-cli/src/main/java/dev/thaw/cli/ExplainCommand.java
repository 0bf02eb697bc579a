package dev.thaw.cli;

import dev.thaw.store.DataSize;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "explain",
        description = "Say why a function's last starts were what they were.",
        footer = {"", "Example:", "  thaw explain hello"})
final class ExplainCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "The function.")
    private String name = "";

    @Override
    public void run() {
        JsonNode answer = server.client().call("GET", "/api/v1/functions/" + name + "/explain");
        if (output.json()) {
            output.print(answer);
            return;
        }
        Table table = new Table("AT", "WORKER", "INSTANCE", "START", "TOTAL MS", "FETCHED", "REASON");
        for (JsonNode start : answer.get("starts")) {
            table.row(
                    start.get("at").stringValue(),
                    start.get("worker").stringValue(),
                    start.get("instance").stringValue(),
                    start.get("start").stringValue(),
                    "%.1f".formatted(start.get("total_ms").doubleValue()),
                    new DataSize(start.get("fetched_bytes").longValue()),
                    start.get("reason").stringValue());
        }
        output.print(table);
        if (!answer.get("starts").isEmpty()) {
            JsonNode last = answer.get("starts").get(0);
            output.print("Phases of the last start, in ms: " + phases(last.get("phases_ms")));
            if (last.has("behind")) {
                output.print("What came behind it up to its first answer: " + behind(last.get("behind")));
            }
        }
        for (JsonNode freeze : answer.get("freezes")) {
            output.print("Snapshot " + freeze.get("snapshot").stringValue() + " of "
                    + freeze.get("instance").stringValue() + ": "
                    + new DataSize(freeze.get("logical_bytes").longValue()) + ", not zero "
                    + new DataSize(freeze.get("dense_bytes").longValue()) + "; stood still for "
                    + freeze.get("standstill_ms").doubleValue() + " ms, published in "
                    + freeze.get("publish_ms").doubleValue() + " ms");
        }
        for (JsonNode failure : answer.get("failures")) {
            output.print(
                    failure.get("at").stringValue() + " " + failure.get("what").stringValue() + " of "
                            + failure.get("instance").stringValue() + " failed: "
                            + failure.get("why").stringValue());
        }
    }

    private static String behind(JsonNode behind) {
        List<String> texts = new ArrayList<>();
        behind.get("reads")
                .properties()
                .forEach(entry -> texts.add("%d reads %s (%.1f ms, longest %.1f ms)"
                        .formatted(
                                entry.getValue().get("count").longValue(),
                                entry.getKey(),
                                entry.getValue().get("total_ms").doubleValue(),
                                entry.getValue().get("longest_ms").doubleValue())));
        behind.get("bytes")
                .properties()
                .forEach(entry ->
                        texts.add(new DataSize(entry.getValue().longValue()) + " from " + source(entry.getKey())));
        texts.add(behind.get("hot_blocks") + " blocks hot, " + behind.get("missed_blocks") + " missed");
        if (behind.has("precision")) {
            texts.add("precision %.2f, recall %.2f"
                    .formatted(
                            behind.get("precision").doubleValue(),
                            behind.get("recall").doubleValue()));
        }
        return String.join("; ", texts);
    }

    private static String source(String label) {
        return switch (label) {
            case "companion" -> "the hot companion";
            case "maps" -> "the block maps";
            case "cache" -> "the worker's cache";
            default -> "the store's " + label;
        };
    }

    private static String phases(JsonNode phases) {
        List<String> texts = new ArrayList<>();
        phases.properties().forEach(entry -> texts.add(entry.getKey() + " " + entry.getValue()));
        return String.join(", ", texts);
    }
}
