package dev.thaw.gateway.http2;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What the other side of a connection may use.
 *
 * @param streams at once
 * @param headerBytes of one header block, decoded; also of its encoded form
 * @param streamWindow bytes of a stream's body that may wait to be read
 * @param connectionWindow bytes of all bodies together that may wait to be read
 * @param patience for the other side to send something on a stream, or to take what is sent on it
 */
public record Http2Limits(int streams, int headerBytes, int streamWindow, int connectionWindow, Duration patience) {
    public Http2Limits {
        requireNonNull(patience, "patience is null");
    }

    /** 100 streams, 64 KiB of headers, 256 KiB a stream, 1 MiB a connection. */
    public static Http2Limits waiting(Duration patience) {
        return new Http2Limits(100, 64 << 10, 256 << 10, 1 << 20, patience);
    }
}
