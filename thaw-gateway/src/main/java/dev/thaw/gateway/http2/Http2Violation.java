package dev.thaw.gateway.http2;

import java.io.IOException;
import org.apache.hc.core5.http2.H2Error;

/** The other side did what RFC 9113 forbids, or more than it may. */
final class Http2Violation extends IOException {
    private static final long serialVersionUID = 1;

    private final H2Error error;
    private final boolean streamOnly;

    Http2Violation(H2Error error, String message) {
        this(error, message, false);
    }

    private Http2Violation(H2Error error, String message, boolean streamOnly) {
        super(message);
        this.error = error;
        this.streamOnly = streamOnly;
    }

    /** One that costs its stream only, for the connection's state is sound. */
    static Http2Violation ofStream(String message) {
        return new Http2Violation(H2Error.PROTOCOL_ERROR, message, true);
    }

    H2Error error() {
        return error;
    }

    boolean isStreamOnly() {
        return streamOnly;
    }
}
