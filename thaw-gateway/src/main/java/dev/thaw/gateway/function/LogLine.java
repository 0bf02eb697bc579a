package dev.thaw.gateway.function;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * A line of a function's log.
 *
 * @param source {@code stdout}, {@code stderr} or {@code agent}
 * @param time when the host took it
 */
public record LogLine(Instant time, String instance, String source, String text) {
    public LogLine {
        requireNonNull(time, "time is null");
        requireNonNull(instance, "instance is null");
        requireNonNull(source, "source is null");
        requireNonNull(text, "text is null");
    }

    long sizeBytes() {
        return 96 + 2L * (instance.length() + text.length());
    }
}
