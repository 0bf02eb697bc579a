package dev.thaw.gateway.api;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.ProblemException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hc.core5.http.HttpException;

/**
 * One operation of the API.
 *
 * @param path with its variables in braces, as {@code /api/v1/functions/{name}}
 */
record Route(String method, String path, Action action) {
    /** Answers a request. */
    @FunctionalInterface
    interface Action {
        void run(Exchange exchange, Map<String, String> variables) throws ProblemException, HttpException, IOException;
    }

    Route {
        requireNonNull(method, "method is null");
        requireNonNull(path, "path is null");
        requireNonNull(action, "action is null");
    }

    /** The path's variables when it is this one. */
    Optional<Map<String, String>> match(String requested) {
        List<String> mine = List.of(path.split("/", -1));
        List<String> theirs = List.of(requested.split("/", -1));
        if (mine.size() != theirs.size()) {
            return Optional.empty();
        }
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < mine.size(); i++) {
            String part = mine.get(i);
            if (part.startsWith("{")) {
                if (theirs.get(i).isEmpty()) {
                    return Optional.empty();
                }
                variables.put(part.substring(1, part.length() - 1), theirs.get(i));
            } else if (!part.equals(theirs.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(variables);
    }
}
