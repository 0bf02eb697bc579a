package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the next daemon must know of an instance to take it up.
 *
 * @param kind how it was started
 * @param snapshot that it was thawed from, whose files it uses
 */
record KeptNote(String worker, String revision, StartKind kind, Optional<Digest> snapshot) {
    private static final JsonMapper JSON = new JsonMapper();

    KeptNote {
        requireNonNull(worker, "worker is null");
        requireNonNull(revision, "revision is null");
        requireNonNull(kind, "kind is null");
        requireNonNull(snapshot, "snapshot is null");
    }

    String write() {
        ObjectNode json = JSON.createObjectNode();
        json.put("worker", worker);
        json.put("revision", revision);
        json.put("kind", kind.name());
        snapshot.ifPresent(digest -> json.put("snapshot", digest.toString()));
        return JSON.writeValueAsString(json);
    }

    /** @throws IOException when it is no note */
    static KeptNote read(String text) throws IOException {
        try {
            JsonNode json = JSON.readTree(text);
            return new KeptNote(
                    json.path("worker").stringValue(),
                    json.path("revision").stringValue(),
                    StartKind.valueOf(json.path("kind").stringValue()),
                    json.has("snapshot")
                            ? Optional.of(Digest.parse(json.path("snapshot").stringValue()))
                            : Optional.empty());
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException("The note of an instance cannot be read: " + e.getMessage(), e);
        }
    }
}
