package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.function.DeployedFunction;
import dev.thaw.gateway.function.FunctionRegistry;
import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.text.Nearest;
import java.util.Optional;

/**
 * Tells a function's requests from Thaw's own. A function is named by the host ({@code NAME.anything}) or by the path ({@code /function/NAME/…}). All that is not a function's
 * host belongs to Thaw: addresses, single labels such as {@code localhost}, and Thaw's own paths under any other host.
 */
final class Routing {
    private static final String PREFIX = "/function/";

    private final FunctionRegistry functions;

    Routing(FunctionRegistry functions) {
        this.functions = requireNonNull(functions, "functions is null");
    }

    Optional<Invocation> route(Exchange exchange) throws ProblemException {
        String host = withoutPort(exchange.host());
        if (isName(host)) {
            String label = host.substring(0, host.indexOf('.'));
            Optional<DeployedFunction> function = functions.find(label);
            if (function.isPresent()) {
                return Optional.of(invocation(exchange, function.get(), exchange.path(), ""));
            }
            if (!isOwnPath(exchange.path())) {
                throw unknown(label).asException();
            }
        }
        if (!exchange.path().startsWith(PREFIX)) {
            return Optional.empty();
        }
        String rest = exchange.path().substring(PREFIX.length());
        int slash = rest.indexOf('/');
        String name = slash < 0 ? rest : rest.substring(0, slash);
        DeployedFunction function =
                functions.find(name).orElseThrow(() -> unknown(name).asException());
        String path = slash < 0 ? "/" : rest.substring(slash);
        return Optional.of(invocation(exchange, function, path, PREFIX + name));
    }

    private static Invocation invocation(Exchange exchange, DeployedFunction function, String path, String prefix) {
        String target = exchange.query().isEmpty() ? path : path + "?" + exchange.query();
        return new Invocation(exchange, function, target, prefix, exchange.header(ForwardedHeaders.WORKER));
    }

    private Problem unknown(String name) {
        String hint = Nearest.hint(name, functions.names());
        return Problem.of(
                        404,
                        "unknown-function",
                        "There is no such function",
                        "No function is called '" + name + "'."
                                + (hint.isEmpty() ? " Deploy it first, or see the list of functions." : hint))
                .with("function", name);
    }

    private static boolean isOwnPath(String path) {
        return path.startsWith(PREFIX)
                || path.startsWith("/api/")
                || path.equals("/healthz")
                || path.equals("/readyz")
                || path.equals("/metrics");
    }

    private static String withoutPort(String host) {
        int bracket = host.lastIndexOf(']');
        int colon = host.lastIndexOf(':');
        return colon > bracket ? host.substring(0, colon) : host;
    }

    /** Two labels or more, and no address. */
    private static boolean isName(String host) {
        int dot = host.indexOf('.');
        boolean address = host.startsWith("[") || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
        return dot > 0 && dot < host.length() - 1 && !address;
    }
}
