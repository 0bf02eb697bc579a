package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What one client may use.
 *
 * @param lineBytes of a request line or a header
 * @param headers of one request
 * @param bodyBytes of one request
 * @param connections at once, of all clients
 * @param headTime from a request's first byte to the end of its head
 * @param idleTime without a request, or without a byte of one under way
 */
public record HttpLimits(
        int lineBytes, int headers, long bodyBytes, int connections, Duration headTime, Duration idleTime) {
    public HttpLimits {
        requireNonNull(headTime, "headTime is null");
        requireNonNull(idleTime, "idleTime is null");
    }

    /** 16 KiB a line, 128 headers, 16 GiB, 4,096 connections, 10 s for a head, 60 s idle. */
    public static HttpLimits defaults() {
        return new HttpLimits(16 << 10, 128, 16L << 30, 4_096, Duration.ofSeconds(10), Duration.ofSeconds(60));
    }
}
