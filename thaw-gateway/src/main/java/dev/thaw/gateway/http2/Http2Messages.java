package dev.thaw.gateway.http2;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http2.impl.DefaultH2RequestConverter;
import org.apache.hc.core5.http2.impl.DefaultH2ResponseConverter;

/**
 * Heads between blocks of HTTP/2 fields and messages as HTTP/1.1 has them. What comes in is checked so strictly that it can be written as HTTP/1.1 without
 * meaning anything else there (RFC 9113, section 10.3).
 */
public final class Http2Messages {
    private static final Set<String> CONNECTION_ONLY = Set.of(
            "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host", "http2-settings");

    private Http2Messages() {}

    /** @throws HttpException when it is malformed */
    public static ClassicHttpRequest request(List<Header> head) throws HttpException {
        checkFields(head, true);
        HttpRequest plain = DefaultH2RequestConverter.INSTANCE.convert(head);
        String path = plain.getPath();
        if (path == null || path.isEmpty()) {
            throw new ProtocolException("The request has no path.");
        }
        ClassicHttpRequest request = new BasicClassicHttpRequest(plain.getMethod(), path);
        request.setScheme(plain.getScheme());
        request.setVersion(HttpVersion.HTTP_2);
        StringJoiner cookies = new StringJoiner("; ");
        for (Header header : plain.getHeaders()) {
            if (header.getName().equals("cookie")) {
                // HTTP/2 may send each crumb on its own, HTTP/1.1 may not.
                cookies.add(header.getValue());
            } else {
                request.addHeader(header);
            }
        }
        if (cookies.length() > 0) {
            request.addHeader(HttpHeaders.COOKIE, cookies.toString());
        }
        String authority = value(head, ":authority");
        if (!authority.isEmpty()) {
            request.setHeader(HttpHeaders.HOST, authority);
        }
        return request;
    }

    /** @throws HttpException when it is malformed */
    public static ClassicHttpResponse response(List<Header> head) throws HttpException {
        checkFields(head, false);
        HttpResponse plain = DefaultH2ResponseConverter.INSTANCE.convert(head);
        ClassicHttpResponse response = new BasicClassicHttpResponse(plain.getCode());
        for (Header header : plain.getHeaders()) {
            response.addHeader(header);
        }
        return response;
    }

    /** The fields of a request's head for a function. */
    public static List<Header> fields(ClassicHttpRequest request, String authority) {
        List<Header> fields = new ArrayList<>();
        fields.add(new BasicHeader(":method", request.getMethod()));
        fields.add(new BasicHeader(":scheme", "http"));
        fields.add(new BasicHeader(":authority", authority));
        fields.add(new BasicHeader(":path", request.getPath()));
        addAll(request, fields);
        return fields;
    }

    /** The fields of an answer's head. */
    public static List<Header> fields(ClassicHttpResponse response) {
        List<Header> fields = new ArrayList<>();
        fields.add(new BasicHeader(":status", Integer.toString(response.getCode())));
        addAll(response, fields);
        return fields;
    }

    /** Trailers, which have no other form than ordinary fields. */
    public static List<Header> trailers(List<? extends Header> trailers) {
        return trailers.stream()
                .<Header>map(header -> new BasicHeader(header.getName().toLowerCase(Locale.ROOT), header.getValue()))
                .toList();
    }

    private static void addAll(MessageHeaders message, List<Header> fields) {
        for (Header header : message.getHeaders()) {
            String name = header.getName().toLowerCase(Locale.ROOT);
            if (!CONNECTION_ONLY.contains(name)) {
                fields.add(new BasicHeader(name, header.getValue()));
            }
        }
    }

    static boolean isInterim(List<Header> head) {
        String status = value(head, ":status");
        return status.length() == 3 && status.startsWith("1");
    }

    /** -1 when there is none; -2 when it is none that can be true. */
    static long contentLength(List<Header> head) {
        long length = -1;
        for (Header header : head) {
            if (header.getName().equals("content-length")) {
                String text = String.valueOf(header.getValue());
                boolean number =
                        !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
                if (length != -1 || !number) {
                    return -2;
                }
                length = Long.parseLong(text);
            }
        }
        return length;
    }

    private static String value(List<Header> head, String name) {
        return head.stream()
                .filter(header -> header.getName().equals(name))
                .findFirst()
                .map(header -> String.valueOf(header.getValue()))
                .orElse("");
    }

    private static void checkFields(List<Header> head, boolean request) throws ProtocolException {
        for (Header header : head) {
            String name = header.getName();
            String value = String.valueOf(header.getValue());
            String bare = name.startsWith(":") ? name.substring(1) : name;
            if (bare.isEmpty() || !bare.chars().allMatch(Http2Messages::isLowerToken)) {
                throw new ProtocolException("A field's name is malformed.");
            }
            if (!value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 0x7f))) {
                throw new ProtocolException("The value of '" + name + "' holds control characters.");
            }
            boolean wordOnly = name.equals(":path") || name.equals(":authority") || name.equals(":method");
            if (wordOnly && value.chars().anyMatch(c -> c <= ' ' || c > 0x7e)) {
                throw new ProtocolException("The value of '" + name + "' holds blanks or other than ASCII.");
            }
            boolean te = request && name.equals("te");
            if (te ? !value.equals("trailers") : CONNECTION_ONLY.contains(name) && !name.equals("host")) {
                throw new ProtocolException("HTTP/2 has no field '" + name + ": " + value + "'.");
            }
        }
        if (contentLength(head) == -2) {
            throw new ProtocolException("The content-length is malformed.");
        }
    }

    private static boolean isLowerToken(int c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
