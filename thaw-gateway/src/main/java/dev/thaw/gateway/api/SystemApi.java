package dev.thaw.gateway.api;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.observe.Event;
import dev.thaw.gateway.observe.Observer;
import dev.thaw.gateway.text.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.hc.core5.http.HttpException;
import tools.jackson.databind.node.ObjectNode;

/** Events, metrics, health and the API's description. */
public final class SystemApi {
    private static final byte[] ALIVE = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Observer observer;
    private final BooleanSupplier ready;

    /** @param ready whether invocations are taken */
    public SystemApi(Observer observer, BooleanSupplier ready) {
        this.observer = requireNonNull(observer, "observer is null");
        this.ready = requireNonNull(ready, "ready is null");
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/api/v1/events", (exchange, variables) -> events(exchange)),
                new Route(
                        "GET",
                        "/api/v1/openapi.json",
                        (exchange, variables) -> exchange.respond(200, Replies.JSON, description())),
                new Route("GET", "/healthz", (exchange, variables) -> status(exchange, true)),
                new Route("GET", "/readyz", (exchange, variables) -> status(exchange, ready.getAsBoolean())),
                new Route(
                        "GET",
                        "/metrics",
                        (exchange, variables) -> exchange.respond(
                                200,
                                "text/plain; version=0.0.4; charset=utf-8",
                                observer.metrics().scrape().getBytes(StandardCharsets.UTF_8))));
    }

    /** Server-sent events; those that have been before come first. */
    private void events(Exchange exchange) throws ProblemException, HttpException, IOException {
        boolean past = Replies.flag(Replies.parameters(exchange, "past"), "past");
        long from = past ? 0 : observer.events().end();
        Streams.respond(
                exchange,
                "text/event-stream",
                Streams.entries(observer.events(), from, true, ALIVE, SystemApi::serverSent));
    }

    private static byte[] serverSent(Event event) {
        ObjectNode json = Json.object();
        json.put("time", event.time().toString());
        json.put("type", event.type());
        json.setAll(event.data());
        return ("event: " + event.type() + "\ndata: " + new String(Json.line(json), StandardCharsets.UTF_8) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void status(Exchange exchange, boolean good) throws ProblemException, HttpException, IOException {
        if (!good) {
            throw Problem.of(503, "not-ready", "The daemon is not ready", "It is starting or ending.")
                    .retryAfter(1)
                    .asException();
        }
        ObjectNode json = Json.object();
        json.put("status", "ok");
        Replies.json(exchange, 200, json);
    }

    static byte[] description() throws IOException {
        try (InputStream input = SystemApi.class.getResourceAsStream("openapi.json")) {
            if (input == null) {
                throw new IOException("The API's description is missing from the build.");
            }
            return input.readAllBytes();
        }
    }
}
