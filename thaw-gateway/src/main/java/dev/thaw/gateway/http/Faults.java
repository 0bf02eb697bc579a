package dev.thaw.gateway.http;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NotImplementedException;
import org.apache.hc.core5.http.RequestHeaderFieldsTooLargeException;
import org.apache.hc.core5.http.UnsupportedHttpVersionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told when its request fails outside of its handler's own problems. */
final class Faults {
    private static final Logger log = LoggerFactory.getLogger(Faults.class);

    private Faults() {}

    /** Empty when nobody is there to be told: the connection broke. */
    static Optional<Problem> problem(Exception fault, HttpLimits limits) {
        return switch (fault) {
            case RequestBody.BodyTooLargeException e -> Optional.of(e.problem());
            case SocketTimeoutException e -> Optional.of(tooSlow(limits));
            case MessageConstraintException e -> Optional.of(headersTooLarge(limits));
            case RequestHeaderFieldsTooLargeException e -> Optional.of(headersTooLarge(limits));
            case UnsupportedHttpVersionException e ->
                Optional.of(Problem.of(
                        505,
                        "unknown-version",
                        "The version of HTTP is not supported",
                        "Use HTTP/1.1, or HTTP/2 without TLS and with prior knowledge (h2c)."));
            case NotImplementedException e ->
                Optional.of(Problem.of(
                        501, "not-implemented", "The request is not supported", String.valueOf(e.getMessage())));
            case HttpException e -> Optional.of(Problem.badRequest(String.valueOf(e.getMessage())));
            case IOException e -> Optional.empty();
            default -> {
                log.error("A request failed", fault);
                yield Optional.of(
                        Problem.of(500, "internal", "Thaw has a fault", "The daemon's log says more: " + fault));
            }
        };
    }

    private static Problem tooSlow(HttpLimits limits) {
        return Problem.of(
                408,
                "too-slow",
                "The request came too slowly",
                "No byte of it came for " + limits.idleTime().toSeconds() + " s.");
    }

    private static Problem headersTooLarge(HttpLimits limits) {
        return Problem.of(
                431,
                "headers-too-large",
                "The request's headers are too large",
                "At most " + limits.headers() + " headers of at most " + limits.lineBytes() + " bytes each are taken.");
    }
}
