package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** A manifest, and where the store has its images: what a pointer carries. */
record StoredSnapshot(Manifest manifest, ImageRef memory, ImageRef state, ImageRef rootfs, Optional<HotRef> hot) {
    StoredSnapshot {
        requireNonNull(manifest, "manifest is null");
        requireNonNull(memory, "memory is null");
        requireNonNull(state, "state is null");
        requireNonNull(rootfs, "rootfs is null");
        requireNonNull(hot, "hot is null");
    }

    StoredSnapshot withHot(HotRef next) {
        return new StoredSnapshot(manifest, memory, state, rootfs, Optional.of(next));
    }

    ImageRef image(PartKind kind) {
        return switch (kind) {
            case MEMORY -> memory;
            case STATE -> state;
            case ROOTFS -> rootfs;
        };
    }

    List<ImageRef> images() {
        return List.of(rootfs, memory, state);
    }

    ObjectNode toJson() {
        ObjectNode json = JsonFields.newObject().put("id", manifest.id().toString());
        json.set("manifest", ManifestCodec.toJson(manifest));
        for (PartKind kind : PartKind.values()) {
            json.set(
                    kind.label(),
                    JsonFields.newObject()
                            .put("map", image(kind).map())
                            .put("bytes", image(kind).bytes()));
        }
        hot.ifPresent(present -> json.set(
                "hot",
                JsonFields.newObject()
                        .put("name", present.name())
                        .put("bytes", present.bytes())
                        .put("map_bytes", present.mapBytes())));
        return json;
    }

    static StoredSnapshot fromJson(JsonFields fields) throws StoreException {
        Digest id = fields.digest("id");
        Manifest manifest = ManifestCodec.fromJson(fields.object("manifest"));
        if (!manifest.id().equals(id)) {
            throw fields.corrupt("has a manifest that is not " + id);
        }
        StoredSnapshot snapshot = new StoredSnapshot(
                manifest,
                image(fields, PartKind.MEMORY),
                image(fields, PartKind.STATE),
                image(fields, PartKind.ROOTFS),
                hot(fields));
        fields.end();
        return snapshot;
    }

    private static ImageRef image(JsonFields fields, PartKind kind) throws StoreException {
        JsonFields image = fields.object(kind.label());
        try {
            ImageRef ref = new ImageRef(image.text("map"), image.number("bytes"));
            image.end();
            return ref;
        } catch (IllegalArgumentException e) {
            throw fields.corrupt("names a block map that cannot be: " + e.getMessage());
        }
    }

    private static Optional<HotRef> hot(JsonFields fields) throws StoreException {
        if (!fields.has("hot")) {
            return Optional.empty();
        }
        JsonFields hot = fields.object("hot");
        try {
            HotRef ref = new HotRef(hot.text("name"), hot.number("bytes"), Math.toIntExact(hot.number("map_bytes")));
            hot.end();
            return Optional.of(ref);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw fields.corrupt("names a hot companion that cannot be: " + e.getMessage());
        }
    }
}
