package dev.thaw.gateway.invoke;

import dev.thaw.gateway.http.Exchange;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpMessage;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.message.MessageSupport;

/**
 * Which headers go on to the other side: all but those of the one connection (RFC 9110, section 7.6.1). The function sees the host that the client asked for and, as
 * {@code X-Forwarded-…}, what this proxy knows of the client.
 */
final class ForwardedHeaders {
    /** On a request: the worker that it shall go to. */
    static final String WORKER = "Thaw-Worker";

    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private ForwardedHeaders() {}

    static void request(Exchange exchange, String prefix, HttpMessage target) {
        Set<String> dropped = connectionOptions(exchange.request());
        String forwardedFor = "";
        boolean trailersWanted = false;
        for (Header header : exchange.request().getHeaders()) {
            String name = header.getName().toLowerCase(Locale.ROOT);
            if (name.equals("te")) {
                trailersWanted |= String.valueOf(header.getValue())
                        .toLowerCase(Locale.ROOT)
                        .contains("trailers");
            }
            if (name.equals("x-forwarded-for")) {
                forwardedFor = forwardedFor.isEmpty() ? header.getValue() : forwardedFor + ", " + header.getValue();
                continue;
            }
            // Length and expectation are this hop's own: the request is framed anew.
            if (dropped.contains(name)
                    || name.equals("content-length")
                    || name.equals("expect")
                    || name.equals("thaw-worker")
                    || name.equals("x-forwarded-prefix")) {
                continue;
            }
            target.addHeader(header);
        }
        String client = exchange.client().getHostAddress();
        target.setHeader("X-Forwarded-For", forwardedFor.isEmpty() ? client : forwardedFor + ", " + client);
        setIfAbsent(target, "X-Forwarded-Host", exchange.host());
        setIfAbsent(target, "X-Forwarded-Proto", "http");
        if (!prefix.isEmpty()) {
            target.setHeader("X-Forwarded-Prefix", prefix);
        }
        // One invocation a connection: a function that ends it in order loses nothing.
        target.setHeader(HttpHeaders.CONNECTION, "close");
        if (trailersWanted) {
            target.setHeader(HttpHeaders.TE, "trailers");
        }
    }

    private static void setIfAbsent(HttpMessage target, String name, String value) {
        if (!target.containsHeader(name) && !value.isEmpty()) {
            target.setHeader(name, value);
        }
    }

    static void response(MessageHeaders source, HttpMessage target) {
        Set<String> dropped = connectionOptions(source);
        for (Header header : source.getHeaders()) {
            String name = header.getName().toLowerCase(Locale.ROOT);
            // A function cannot speak for Thaw.
            if (!dropped.contains(name) && !name.equals("content-length") && !name.startsWith("thaw-")) {
                target.addHeader(header);
            }
        }
    }

    static void trailers(List<? extends Header> source, List<Header> target) {
        for (Header header : source) {
            String name = header.getName().toLowerCase(Locale.ROOT);
            if (!HOP_BY_HOP.contains(name) && !name.equals("content-length") && !name.equals("host")) {
                target.add(header);
            }
        }
    }

    private static Set<String> connectionOptions(MessageHeaders message) {
        if (!message.containsHeader(HttpHeaders.CONNECTION)) {
            return HOP_BY_HOP;
        }
        Set<String> options = new HashSet<>(HOP_BY_HOP);
        for (Header header : message.getHeaders(HttpHeaders.CONNECTION)) {
            MessageSupport.parseTokens(header, token -> options.add(token.toLowerCase(Locale.ROOT)));
        }
        return options;
    }
}
