package dev.thaw.gateway.api;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.ThawReads;
import dev.thaw.gateway.function.DeployedFunction;
import dev.thaw.gateway.function.FunctionLogs;
import dev.thaw.gateway.function.FunctionRegistry;
import dev.thaw.gateway.function.FunctionSpec;
import dev.thaw.gateway.function.LogLine;
import dev.thaw.gateway.function.SpecJson;
import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.observe.History;
import dev.thaw.gateway.observe.Records;
import dev.thaw.gateway.observe.Ring;
import dev.thaw.gateway.text.Json;
import dev.thaw.gateway.text.Nearest;
import dev.thaw.image.ImageException;
import dev.thaw.node.FreezeRecord;
import dev.thaw.node.StartRecord;
import dev.thaw.node.Worker;
import dev.thaw.sandbox.Egress;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.hc.core5.http.HttpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/functions}. */
public final class FunctionsApi {
    private static final Duration FREEZE_TIMEOUT = Duration.ofMinutes(2);
    private static final Logger log = LoggerFactory.getLogger(FunctionsApi.class);
    private static final byte[] EMPTY_LINE = {'\n'};

    private final FunctionRegistry functions;
    private final SpecJson specs;
    private final Workers workers;
    private final FunctionLogs logs;
    private final History history;

    public FunctionsApi(
            FunctionRegistry functions, SpecJson specs, Workers workers, FunctionLogs logs, History history) {
        this.functions = requireNonNull(functions, "functions is null");
        this.specs = requireNonNull(specs, "specs is null");
        this.workers = requireNonNull(workers, "workers is null");
        this.logs = requireNonNull(logs, "logs is null");
        this.history = requireNonNull(history, "history is null");
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/api/v1/functions", (exchange, variables) -> list(exchange)),
                new Route("POST", "/api/v1/functions", (exchange, variables) -> deploy(exchange)),
                new Route(
                        "GET",
                        "/api/v1/functions/{name}",
                        (exchange, variables) -> Replies.json(exchange, 200, view(find(variables)))),
                new Route(
                        "DELETE",
                        "/api/v1/functions/{name}",
                        (exchange, variables) -> delete(exchange, find(variables))),
                new Route(
                        "GET",
                        "/api/v1/functions/{name}/logs",
                        (exchange, variables) -> logs(exchange, find(variables))),
                new Route(
                        "GET",
                        "/api/v1/functions/{name}/explain",
                        (exchange, variables) -> explain(exchange, find(variables))),
                new Route(
                        "POST",
                        "/api/v1/functions/{name}/retire",
                        (exchange, variables) -> retire(exchange, find(variables))),
                new Route(
                        "POST",
                        "/api/v1/functions/{name}/freeze",
                        (exchange, variables) -> freeze(exchange, find(variables))));
    }

    private DeployedFunction find(Map<String, String> variables) throws ProblemException {
        String name = String.valueOf(variables.get("name"));
        return functions
                .find(name)
                .orElseThrow(() -> Problem.of(
                                404,
                                "unknown-function",
                                "There is no such function",
                                "No function is called '" + name + "'." + Nearest.hint(name, functions.names()))
                        .with("function", name)
                        .asException());
    }

    private void list(Exchange exchange) throws ProblemException, HttpException, IOException {
        Replies.parameters(exchange);
        ObjectNode json = Json.object();
        ArrayNode array = json.putArray("functions");
        functions.list().forEach(function -> array.add(view(function)));
        Replies.json(exchange, 200, json);
    }

    private ObjectNode view(DeployedFunction function) {
        ObjectNode json = specs.write(function.spec());
        json.put("revision", function.revision().name());
        json.put("generation", function.generation());
        json.put("created_at", function.createdAt().toString());
        json.put("deployed_at", function.deployedAt().toString());
        json.put("image_digest", function.image().image().toString());
        json.put("rootfs_bytes", function.image().rootfsBytes());
        ArrayNode command = json.putArray("command");
        function.revision().process().argv().forEach(command::add);
        json.put("user", function.image().user());
        long instances = workers.list().stream()
                .flatMap(worker -> worker.instances().stream())
                .filter(instance -> instance.function().equals(function.name()))
                .count();
        json.put("instances", instances);
        return json;
    }

    private void deploy(Exchange exchange) throws ProblemException, HttpException, IOException {
        FunctionSpec spec = specs.read(Replies.readJson(exchange));
        boolean lines = exchange.header("Accept").orElse("").contains(Replies.LINES);
        if (!lines) {
            Replies.json(exchange, 201, view(deploy(spec, words -> {})));
            return;
        }
        // The status has gone out before the end is known: the last line tells it.
        Streams.respond(exchange, Replies.LINES, output -> {
            ObjectNode last = Json.object();
            try {
                last.set("function", view(deploy(spec, words -> progress(output, words))));
            } catch (ProblemException e) {
                last.set("problem", e.problem().json(exchange.path()));
            }
            output.write(Json.line(last));
        });
    }

    private DeployedFunction deploy(FunctionSpec spec, Consumer<String> progress) throws ProblemException {
        Optional<String> obstacle = spec.shape().egress() == Egress.NONE
                ? Optional.empty()
                : workers.list().getFirst().egressObstacle();
        if (obstacle.isPresent()) {
            throw Problem.badRequest("Egress 'internet' is not to be had here: " + obstacle.get() + ".")
                    .asException();
        }
        try {
            return functions.deploy(spec, progress);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage())).asException();
        } catch (ImageException e) {
            throw Problem.of(422, "unusable-image", "The image cannot be used", String.valueOf(e.getMessage()))
                    .with("image", spec.image())
                    .asException();
        } catch (IOException e) {
            throw Problem.of(500, "deployment-failed", "The function was not deployed", String.valueOf(e.getMessage()))
                    .asException();
        }
    }

    private static void progress(OutputStream output, String words) {
        ObjectNode line = Json.object();
        line.put("progress", words);
        try {
            output.write(Json.line(line));
            output.flush();
        } catch (IOException e) {
            // The client is gone; the deployment goes on, and its last line will fail too.
            log.debug("Nobody hears the progress", e);
        }
    }

    private void delete(Exchange exchange, DeployedFunction function) throws HttpException, IOException {
        functions.delete(function.name());
        logs.remove(function.name());
        history.remove(function.name());
        ObjectNode json = Json.object();
        json.put("deleted", function.name());
        Replies.json(exchange, 200, json);
    }

    private void logs(Exchange exchange, DeployedFunction function)
            throws ProblemException, HttpException, IOException {
        Map<String, String> parameters = Replies.parameters(exchange, "follow");
        boolean follow = Replies.flag(parameters, "follow");
        Ring<LogLine> ring = logs.of(function.name());
        Streams.respond(exchange, Replies.LINES, Streams.entries(ring, 0, follow, EMPTY_LINE, FunctionsApi::logLine));
    }

    private static byte[] logLine(LogLine line) {
        ObjectNode json = Json.object();
        json.put("time", line.time().toString());
        json.put("instance", line.instance());
        json.put("source", line.source());
        json.put("text", line.text());
        return Json.line(json);
    }

    private void explain(Exchange exchange, DeployedFunction function) throws HttpException, IOException {
        History.View view = history.view(function.name());
        ObjectNode json = Json.object();
        json.put("function", function.name());
        json.put("revision", function.revision().name());
        ArrayNode starts = json.putArray("starts");
        view.starts().forEach(start -> starts.add(describe(start, view)));
        ArrayNode freezes = json.putArray("freezes");
        view.freezes().forEach(freeze -> freezes.add(Records.json(freeze)));
        ArrayNode failures = json.putArray("failures");
        view.failures().forEach(failure -> failures.add(Records.json(failure)));
        Replies.json(exchange, 200, json);
    }

    private static ObjectNode describe(StartRecord start, History.View view) {
        ObjectNode json = Records.json(start);
        ThawReads reads = view.reads().get(start.instance());
        if (reads != null) {
            json.set("behind", Records.json(reads));
        }
        return json;
    }

    private void retire(Exchange exchange, DeployedFunction function)
            throws ProblemException, HttpException, IOException {
        boolean all = Replies.flag(Replies.parameters(exchange, "all"), "all");
        int retired = 0;
        for (Worker worker : workers.list()) {
            retired += worker.retire(function.revision(), all);
        }
        ObjectNode json = Json.object();
        json.put("retired", retired);
        Replies.json(exchange, 200, json);
    }

    private void freeze(Exchange exchange, DeployedFunction function)
            throws ProblemException, HttpException, IOException {
        for (Worker worker : workers.list()) {
            Optional<CompletableFuture<Optional<FreezeRecord>>> freeze = worker.freezeNow(function.revision());
            if (freeze.isPresent()) {
                Replies.json(exchange, 200, Records.json(await(function, freeze.get())));
                return;
            }
        }
        throw Problem.of(
                        409,
                        "nothing-to-freeze",
                        "No instance can be frozen",
                        "A freeze needs an instance that was booted and is idle, on a worker whose mode is not disabled."
                                + " Invoke the function first; one that was thawed has its snapshot already.")
                .with("function", function.name())
                .asException();
    }

    private FreezeRecord await(DeployedFunction function, CompletableFuture<Optional<FreezeRecord>> end)
            throws ProblemException {
        try {
            return end.get(FREEZE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .orElseThrow(() -> failed(function, lastFailure(function)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(function, "The daemon is ending.");
        } catch (ExecutionException | TimeoutException e) {
            throw failed(function, String.valueOf(e.getMessage()));
        }
    }

    private String lastFailure(DeployedFunction function) {
        return history.view(function.name()).failures().stream()
                .filter(failure -> failure.what().equals("freeze"))
                .findFirst()
                .map(History.Failure::why)
                .orElse("The daemon's log says why.");
    }

    private static ProblemException failed(DeployedFunction function, String why) {
        return Problem.of(500, "freeze-failed", "No snapshot came of the freeze", why)
                .with("function", function.name())
                .asException();
    }
}
