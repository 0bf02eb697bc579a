package dev.thaw.cli;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.hc.core5.http.Header;

/**
 * An invocation's answer and what Thaw says of it.
 *
 * @param start {@code warm}, {@code boot}, {@code thaw-local} or {@code thaw-remote}; empty when Thaw itself answered
 * @param phasesMillis from the registration to the answer's first byte, as the gateway measured them
 * @param initializationMillis from the registration until the function had been handed the request
 * @param fetchedBytes of a cold start, from outside the worker while it waited
 * @param beginNanos when the client began, of {@link System#nanoTime}
 * @param firstByteMillis as the client measured it, with its connecting
 * @param latencyMillis to the answer's last byte
 */
public record Invocation(
        int status,
        List<Map.Entry<String, String>> headers,
        byte[] body,
        String start,
        String worker,
        String instance,
        Map<String, Double> phasesMillis,
        OptionalDouble initializationMillis,
        long fetchedBytes,
        long beginNanos,
        double firstByteMillis,
        double latencyMillis) {
    public Invocation {
        headers = List.copyOf(headers);
        requireNonNull(body, "body is null");
        requireNonNull(start, "start is null");
        requireNonNull(worker, "worker is null");
        requireNonNull(instance, "instance is null");
        phasesMillis = Collections.unmodifiableMap(new LinkedHashMap<>(phasesMillis));
        requireNonNull(initializationMillis, "initializationMillis is null");
    }

    static Invocation of(Reply reply, byte[] body, long beginNanos, double firstByteMillis, double latencyMillis) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        String timing = "";
        for (Header header : reply.headers()) {
            headers.add(Map.entry(header.getName(), String.valueOf(header.getValue())));
            if (header.getName().equalsIgnoreCase("Server-Timing")) {
                // Thaw's own comes last, after the function's.
                timing = String.valueOf(header.getValue());
            }
        }
        String start = reply.header("Thaw-Start").orElse("");
        return new Invocation(
                reply.status(),
                headers,
                body,
                start,
                reply.header("Thaw-Worker").orElse(""),
                reply.header("Thaw-Instance").orElse(""),
                start.isEmpty() ? Map.of() : phases(timing),
                reply.header("Thaw-Initialization-Ms").stream()
                        .mapToDouble(Double::parseDouble)
                        .findFirst(),
                reply.header("Thaw-Fetched-Bytes").map(Long::parseLong).orElse(0L),
                beginNanos,
                firstByteMillis,
                latencyMillis);
    }

    /** {@code admit;dur=0.1, request;dur=4.2} by name. */
    static Map<String, Double> phases(String serverTiming) {
        Map<String, Double> phases = new LinkedHashMap<>();
        for (String entry : serverTiming.split(",", -1)) {
            int duration = entry.indexOf(";dur=");
            if (duration > 0) {
                phases.put(
                        entry.substring(0, duration).strip(),
                        Double.parseDouble(entry.substring(duration + 5).strip()));
            }
        }
        return phases;
    }
}
