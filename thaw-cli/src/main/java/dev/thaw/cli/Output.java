package dev.thaw.cli;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.text.Json;
import java.io.PrintStream;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** How a command prints its data: for people, or as one JSON document. */
final class Output {
    @Option(names = "--json", description = "One JSON document on standard output, nothing else there.")
    private boolean json;

    private final PrintStream out;
    private final PrintStream err;

    Output() {
        this(System.out, System.err);
    }

    Output(PrintStream out, PrintStream err) {
        this.out = requireNonNull(out, "out is null");
        this.err = requireNonNull(err, "err is null");
    }

    boolean json() {
        return json;
    }

    PrintStream out() {
        return out;
    }

    /** On standard error. */
    void say(String message) {
        err.println(message);
    }

    void print(JsonNode document) {
        out.println(Json.pretty(document));
    }

    void print(Table table) {
        out.print(table.render());
    }

    /** The document or the line, whichever is wanted. */
    void print(JsonNode document, String line) {
        if (json) {
            print(document);
        } else {
            print(line);
        }
    }

    void print(String line) {
        out.println(line);
    }
}
