package dev.thaw.gateway.http;

import java.util.Locale;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.ProtocolVersion;

/**
 * What a request must keep to beyond its syntax (RFC 9112). Requests whose length two readers could understand differently are refused: a
 * second server behind this one might take their rest for a request of its own.
 */
final class RequestRules {
    private RequestRules() {}

    static void check(ClassicHttpRequest request) throws ProblemException {
        int hosts = request.countHeaders(HttpHeaders.HOST);
        if (hosts > 1 || (hosts == 0 && atLeast11(request) && request.getAuthority() == null)) {
            throw Problem.badRequest("A request of HTTP/1.1 has exactly one Host header; this one has " + hosts + ".")
                    .asException();
        }
        Header[] lengths = request.getHeaders(HttpHeaders.CONTENT_LENGTH);
        boolean encoded = request.containsHeader(HttpHeaders.TRANSFER_ENCODING);
        if (lengths.length > 1 || (lengths.length == 1 && encoded)) {
            throw Problem.badRequest("The request says its length more than once. Send one Content-Length or"
                            + " Transfer-Encoding: chunked, not both.")
                    .asException();
        }
        if (lengths.length == 1 && !isLength(lengths[0].getValue())) {
            throw Problem.badRequest("The Content-Length is not a number of bytes: '" + lengths[0].getValue() + "'.")
                    .asException();
        }
        if (encoded) {
            checkEncoding(request);
        }
    }

    private static void checkEncoding(ClassicHttpRequest request) throws ProblemException {
        Header[] encodings = request.getHeaders(HttpHeaders.TRANSFER_ENCODING);
        String only =
                encodings.length == 1 ? String.valueOf(encodings[0].getValue()).strip() : "";
        if (!only.equalsIgnoreCase("chunked") || !atLeast11(request)) {
            throw Problem.of(
                            501,
                            "unknown-transfer-encoding",
                            "The transfer encoding is not supported",
                            "Only Transfer-Encoding: chunked is understood, in HTTP/1.1.")
                    .asException();
        }
    }

    private static boolean isLength(String text) {
        return text != null
                && !text.isEmpty()
                && text.length() <= 18
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    static boolean atLeast11(ClassicHttpRequest request) {
        ProtocolVersion version = request.getVersion();
        return version == null || version.greaterEquals(HttpVersion.HTTP_1_1);
    }

    static boolean wantsKeepAlive(ClassicHttpRequest request) {
        boolean stays = atLeast11(request);
        for (Header header : request.getHeaders(HttpHeaders.CONNECTION)) {
            String options = String.valueOf(header.getValue()).toLowerCase(Locale.ROOT);
            if (options.contains("close")) {
                return false;
            }
            stays |= options.contains("keep-alive");
        }
        return stays;
    }

    static String host(ClassicHttpRequest request) {
        Header host = request.getFirstHeader(HttpHeaders.HOST);
        if (host != null && host.getValue() != null) {
            return host.getValue().strip().toLowerCase(Locale.ROOT);
        }
        return request.getAuthority() == null
                ? ""
                : request.getAuthority().toString().toLowerCase(Locale.ROOT);
    }

    /** The target as path and query, whichever way the client wrote it. */
    static String originForm(ClassicHttpRequest request) throws ProblemException {
        String target = request.getPath();
        if (target == null || target.isEmpty()) {
            target = "/";
        }
        int scheme = target.indexOf("://");
        if (scheme > 0 && !target.startsWith("/")) {
            int slash = target.indexOf('/', scheme + 3);
            target = slash < 0 ? "/" : target.substring(slash);
        }
        boolean star = target.equals("*") && request.getMethod().equals("OPTIONS");
        if (!target.startsWith("/") && !star) {
            throw Problem.badRequest("The request's target is not a path: '" + target + "'.")
                    .asException();
        }
        return target;
    }
}
