package dev.thaw.gateway.api;

import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.HttpHandler;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.text.Nearest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;

/** Everything that is Thaw's own over HTTP: {@code /api/v1}, health and metrics. */
public final class Api implements HttpHandler {
    private final List<Route> routes = new ArrayList<>();

    public Api(FunctionsApi functions, NodesApi nodes, SnapshotsApi snapshots, StoreApi store, SystemApi system) {
        routes.addAll(functions.routes());
        routes.addAll(nodes.routes());
        routes.addAll(snapshots.routes());
        routes.addAll(store.routes());
        routes.addAll(system.routes());
    }

    List<Route> routes() {
        return List.copyOf(routes);
    }

    @Override
    public void handle(Exchange exchange) throws ProblemException, HttpException, IOException {
        List<Route> here = new ArrayList<>();
        for (Route route : routes) {
            Optional<Map<String, String>> variables = route.match(exchange.path());
            if (variables.isEmpty()) {
                continue;
            }
            if (route.method().equals(exchange.method())) {
                run(route, exchange, variables.get());
                return;
            }
            here.add(route);
        }
        if (here.isEmpty()) {
            List<String> paths = routes.stream().map(Route::path).distinct().toList();
            throw Problem.notFound("There is nothing at " + exchange.path() + "." + Nearest.hint(exchange.path(), paths)
                            + " Functions are invoked at /function/NAME; the API is described at /api/v1/openapi.json.")
                    .asException();
        }
        refuseMethod(exchange, here);
    }

    private static void run(Route route, Exchange exchange, Map<String, String> variables)
            throws ProblemException, HttpException, IOException {
        try {
            route.action().run(exchange, variables);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage())).asException();
        }
    }

    private static void refuseMethod(Exchange exchange, List<Route> here) throws HttpException, IOException {
        String allowed = here.stream().map(Route::method).sorted().collect(Collectors.joining(", "));
        ClassicHttpResponse response = new BasicClassicHttpResponse(405);
        response.setHeader(HttpHeaders.ALLOW, allowed);
        exchange.respond(
                response,
                Problem.of(
                        405,
                        "method-not-allowed",
                        "The method is not allowed here",
                        exchange.path() + " takes " + allowed + ", not " + exchange.method() + "."));
    }
}
