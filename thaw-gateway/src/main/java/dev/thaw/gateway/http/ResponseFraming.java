package dev.thaw.gateway.http;

import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpVersion;

/** Says how the client finds the end of an answer (RFC 9112, section 6). */
final class ResponseFraming {
    private ResponseFraming() {}

    static boolean hasBody(String method, ClassicHttpResponse response) {
        int status = response.getCode();
        return !method.equals("HEAD")
                && status >= 200
                && status != 204
                && status != 304
                && response.getEntity() != null;
    }

    /** Sets the headers. Returns whether the connection can be used again. */
    static boolean apply(ClassicHttpRequest request, ClassicHttpResponse response, boolean keepAlive) {
        boolean stays = keepAlive;
        HttpEntity entity = response.getEntity();
        int status = response.getCode();
        response.setVersion(HttpVersion.HTTP_1_1);
        if (entity != null) {
            if (entity.getContentType() != null && !response.containsHeader(HttpHeaders.CONTENT_TYPE)) {
                response.addHeader(HttpHeaders.CONTENT_TYPE, entity.getContentType());
            }
            if (entity.getContentLength() >= 0) {
                response.setHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(entity.getContentLength()));
            } else if (RequestRules.atLeast11(request)) {
                response.setHeader(HttpHeaders.TRANSFER_ENCODING, "chunked");
            } else {
                // A client of HTTP/1.0 knows the end by the connection's.
                stays = false;
            }
        } else if (status >= 200
                && status != 204
                && status != 304
                && !request.getMethod().equals("HEAD")) {
            response.setHeader(HttpHeaders.CONTENT_LENGTH, "0");
        }
        if (!stays) {
            response.setHeader(HttpHeaders.CONNECTION, "close");
        } else if (!RequestRules.atLeast11(request)) {
            response.setHeader(HttpHeaders.CONNECTION, "keep-alive");
        }
        return stays;
    }
}
