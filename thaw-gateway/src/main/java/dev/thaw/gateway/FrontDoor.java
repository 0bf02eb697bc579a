package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.api.Api;
import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.HttpHandler;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.invoke.Invocation;
import dev.thaw.gateway.invoke.Invoker;
import java.io.IOException;
import java.util.Optional;
import org.apache.hc.core5.http.HttpException;

/** Sends each request where it belongs: to a function, or to the API. */
final class FrontDoor implements HttpHandler {
    private final Invoker invoker;
    private final Api api;

    FrontDoor(Invoker invoker, Api api) {
        this.invoker = requireNonNull(invoker, "invoker is null");
        this.api = requireNonNull(api, "api is null");
    }

    @Override
    public void handle(Exchange exchange) throws ProblemException, HttpException, IOException {
        Optional<Invocation> invocation = invoker.route(exchange);
        if (invocation.isPresent()) {
            invoker.invoke(invocation.get());
        } else {
            api.handle(exchange);
        }
    }
}
