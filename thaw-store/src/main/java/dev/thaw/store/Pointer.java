package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.StoreException;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one object of a snapshot that changes: which one is visible for an identity and a fit. It carries the manifest and
 * the places of the images, so that one round trip tells a thaw everything.
 *
 * @param generation grows with every write, also over a deletion: whoever saw a newer one knows an old one
 * @param writer the nonce of the writer, who knows by it its own write whose answer was lost
 * @param pinned whether it is kept whatever its age
 * @param snapshot empty when it has been deleted
 */
record Pointer(long generation, String writer, boolean pinned, Optional<StoredSnapshot> snapshot) {
    /** A manifest and a few short fields. */
    static final int MAX_BYTES = ManifestCodec.MAX_BYTES + 8192;

    private static final String FORMAT = "thaw.pointer";
    private static final int VERSION = 1;

    Pointer {
        requireNonNull(writer, "writer is null");
        requireNonNull(snapshot, "snapshot is null");
    }

    byte[] encode() {
        ObjectNode json = JsonFields.newObject()
                .put("format", FORMAT)
                .put("version", VERSION)
                .put("generation", generation)
                .put("writer", writer)
                .put("pinned", pinned);
        snapshot.ifPresent(present -> json.set("snapshot", present.toJson()));
        return JsonFields.encode(json);
    }

    static Pointer decode(byte[] bytes) throws StoreException {
        JsonFields fields = JsonFields.parse("pointer", bytes, MAX_BYTES).requireFormat(FORMAT, VERSION);
        long generation = fields.number("generation");
        String writer = fields.text("writer");
        boolean pinned = fields.flag("pinned");
        Optional<StoredSnapshot> snapshot = fields.has("snapshot")
                ? Optional.of(StoredSnapshot.fromJson(fields.object("snapshot")))
                : Optional.empty();
        fields.end();
        return new Pointer(generation, writer, pinned, snapshot);
    }
}
