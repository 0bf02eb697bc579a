package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.function.DeployedFunction;
import dev.thaw.gateway.http.Exchange;
import java.util.Optional;

/**
 * A request that is for a function.
 *
 * @param target path and query as the function sees them
 * @param prefix what was cut from the path; empty when the function was named by the host
 * @param worker the only worker that may serve it
 */
public record Invocation(
        Exchange exchange, DeployedFunction function, String target, String prefix, Optional<String> worker) {
    public Invocation {
        requireNonNull(exchange, "exchange is null");
        requireNonNull(function, "function is null");
        requireNonNull(target, "target is null");
        requireNonNull(prefix, "prefix is null");
        requireNonNull(worker, "worker is null");
    }
}
