package dev.thaw.cli;

import dev.thaw.gateway.text.Json;
import java.nio.charset.StandardCharsets;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "logs",
        description = "Print what a function's instances wrote.",
        footer = {"", "Example:", "  thaw logs hello --follow"})
final class LogsCommand implements Runnable {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "The function.")
    private String name = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what comes.")
    private boolean follow;

    @Override
    public void run() {
        Client client = server.client();
        ArrayNode all = Json.array();
        try (Reply reply = client.send(new BasicClassicHttpRequest(
                "GET", "/api/v1/functions/" + name + "/logs" + (follow ? "?follow=true" : "")))) {
            if (reply.status() != 200) {
                throw reply.refusal();
            }
            for (String line = reply.line(); line != null; line = reply.line()) {
                if (line.isEmpty()) {
                    continue;
                }
                JsonNode entry = Json.read(line.getBytes(StandardCharsets.UTF_8));
                if (!output.json()) {
                    print(entry);
                } else if (follow) {
                    output.print(line);
                } else {
                    all.add(entry);
                }
            }
        }
        if (output.json() && !follow) {
            ObjectNode document = Json.object();
            document.set("lines", all);
            output.print(document);
        }
    }

    private void print(JsonNode entry) {
        output.print(entry.get("time").stringValue() + " "
                + entry.get("instance").stringValue() + " "
                + entry.get("source").stringValue() + " " + entry.get("text").stringValue());
    }
}
