package dev.thaw.gateway.observe;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/**
 * Something that happened.
 *
 * @param type as {@code instance.started}
 * @param data by the type
 */
public record Event(Instant time, String type, ObjectNode data) {
    public Event {
        requireNonNull(time, "time is null");
        requireNonNull(type, "type is null");
        requireNonNull(data, "data is null");
    }

    long sizeBytes() {
        return 512 + 2L * type.length();
    }
}
