package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.plan.FunctionPlan;
import dev.thaw.load.plan.Plan;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Deploys a plan's functions to a Thaw daemon by its HTTP API, and removes them again. */
public final class ThawServer implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final JsonMapper JSON = new JsonMapper();
    private static final int SHOWN_ANSWER = 500;

    private final URI server;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final List<String> deployed = new ArrayList<>();

    public ThawServer(URI server) {
        this.server = requireNonNull(server, "server is null");
    }

    /**
     * How functions are deployed.
     *
     * @param memoryBytes of each; 0 for what a function's invocations hold at most and room for the function itself
     * @param concurrency invocations at once in an instance
     * @param timeout for an answer to begin
     */
    public record Deployment(String image, long memoryBytes, int cpus, int concurrency, Duration timeout) {
        private static final long OWN_MEMORY_BYTES = 96L << 20;
        private static final long LEAST_MEMORY_BYTES = 128L << 20;

        /** A guest's memory is a multiple of this. */
        private static final long MEMORY_STEP_BYTES = 2L << 20;

        public Deployment {
            requireNonNull(image, "image is null");
            requireNonNull(timeout, "timeout is null");
        }

        long memoryBytes(FunctionPlan function) {
            if (memoryBytes > 0) {
                return memoryBytes;
            }
            long needed = ((long) function.memoryLimitMib() << 20) + OWN_MEMORY_BYTES;
            return Math.ceilDiv(Math.max(LEAST_MEMORY_BYTES, needed), MEMORY_STEP_BYTES) * MEMORY_STEP_BYTES;
        }
    }

    /**
     * Deploys all functions, one after the other; removes those that were when one fails.
     *
     * @throws IOException with a text for the user
     */
    public void deploy(Plan plan, Deployment deployment) throws IOException {
        try {
            for (FunctionPlan function : plan) {
                ObjectNode body = JSON.createObjectNode()
                        .put("name", function.name())
                        .put("image", deployment.image())
                        .put("memory_bytes", deployment.memoryBytes(function))
                        .put("cpus", deployment.cpus())
                        .put("concurrency", deployment.concurrency())
                        .put("timeout_ms", deployment.timeout().toMillis());
                HttpResponse<String> answer = call(HttpRequest.newBuilder(server.resolve("/api/v1/functions"))
                        .header("content-type", "application/json")
                        .POST(BodyPublishers.ofString(JSON.writeValueAsString(body))));
                if (answer.statusCode() / 100 != 2) {
                    throw new IOException("Function " + function.name() + " was not deployed to " + server + ": status "
                            + answer.statusCode() + ", " + shortened(answer.body()));
                }
                deployed.add(function.name());
            }
        } catch (IOException e) {
            try {
                removeAll();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** Removes what was deployed. */
    @Override
    public void close() throws IOException {
        removeAll();
    }

    private void removeAll() throws IOException {
        List<String> failures = new ArrayList<>();
        for (String name : deployed) {
            HttpResponse<String> answer = call(HttpRequest.newBuilder(server.resolve("/api/v1/functions/" + name))
                    .DELETE());
            if (answer.statusCode() / 100 != 2 && answer.statusCode() != 404) {
                failures.add(name + " (status " + answer.statusCode() + ")");
            }
        }
        deployed.clear();
        if (!failures.isEmpty()) {
            throw new IOException("Functions were not removed from " + server + ": " + failures);
        }
    }

    private HttpResponse<String> call(HttpRequest.Builder request) throws IOException {
        try {
            return client.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IOException(
                    "The server at " + server + " does not answer: " + e
                            + ". Start one with 'thaw serve', or give --server.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN_ANSWER ? text : text.substring(0, SHOWN_ANSWER) + "…";
    }
}
