package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one object of a snapshot that changes: which manifest is visible for an identity and a fit. It carries the
 * manifest itself, so that one round trip tells a thaw everything.
 *
 * @param generation grows with every write, also over a deletion: whoever saw a newer one knows an old one
 * @param writer the nonce of the writer, who knows by it its own write whose answer was lost
 * @param manifest empty when the snapshot has been deleted
 */
record Pointer(long generation, String writer, Optional<Manifest> manifest) {
    /** A manifest and a few short fields. */
    static final int MAX_BYTES = ManifestCodec.MAX_BYTES + 4096;

    private static final String FORMAT = "thaw.pointer";
    private static final int VERSION = 1;

    Pointer {
        requireNonNull(writer, "writer is null");
        requireNonNull(manifest, "manifest is null");
    }

    byte[] encode() {
        ObjectNode json = JsonFields.newObject()
                .put("format", FORMAT)
                .put("version", VERSION)
                .put("generation", generation)
                .put("writer", writer);
        manifest.ifPresent(present -> {
            json.put("manifest_id", present.id().toString());
            json.set("manifest", ManifestCodec.toJson(present));
        });
        return JsonFields.encode(json);
    }

    static Pointer decode(byte[] bytes) throws StoreException {
        JsonFields fields = JsonFields.parse("pointer", bytes, MAX_BYTES).requireFormat(FORMAT, VERSION);
        long generation = fields.number("generation");
        String writer = fields.text("writer");
        Optional<Manifest> manifest = Optional.empty();
        if (fields.has("manifest_id")) {
            Digest id = fields.digest("manifest_id");
            manifest = Optional.of(ManifestCodec.fromJson(fields.object("manifest")));
            if (!manifest.get().id().equals(id)) {
                throw fields.corrupt("has a manifest that is not " + id);
            }
        }
        fields.end();
        return new Pointer(generation, writer, manifest);
    }
}
