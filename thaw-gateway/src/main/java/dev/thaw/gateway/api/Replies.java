package dev.thaw.gateway.api;

import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.text.Json;
import dev.thaw.gateway.text.Nearest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hc.core5.http.HttpException;
import tools.jackson.databind.JsonNode;

/** Forms of answers and questions that all parts of the API share. */
final class Replies {
    static final String JSON = "application/json";
    static final String LINES = "application/x-ndjson";
    private static final int LARGEST_REQUEST = 1 << 20;

    private Replies() {}

    static void json(Exchange exchange, int status, JsonNode content) throws HttpException, IOException {
        exchange.respond(status, JSON, Json.line(content));
    }

    static JsonNode readJson(Exchange exchange) throws ProblemException, IOException {
        return Json.read(exchange.body().readAll(LARGEST_REQUEST));
    }

    /** The query's parameters, which must be among {@code known}. */
    static Map<String, String> parameters(Exchange exchange, String... known) throws ProblemException {
        Map<String, String> given = exchange.parameters();
        for (String name : given.keySet()) {
            if (!List.of(known).contains(name)) {
                throw Problem.badRequest("Unknown parameter '" + name + "'." + Nearest.hint(name, List.of(known))
                                + (known.length == 0
                                        ? " None is taken here."
                                        : " Parameters are " + String.join(", ", known) + "."))
                        .asException();
            }
        }
        return given;
    }

    static boolean flag(Map<String, String> parameters, String name) throws ProblemException {
        String text = parameters.getOrDefault(name, "false");
        return switch (text) {
            case "", "true" -> true;
            case "false" -> false;
            default ->
                throw Problem.badRequest("The parameter '" + name + "' is true or false, not '" + text + "'.")
                        .asException();
        };
    }
}
