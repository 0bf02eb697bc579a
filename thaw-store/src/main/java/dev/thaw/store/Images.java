package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.BlockMapCodec;
import dev.thaw.store.chunk.SealedDocument;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The block maps of a store, and which image has which. */
final class Images {
    private static final int KEPT = 4096;
    private static final int NAME_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ObjectStore objects;
    private final Domains domains;

    /** Where the images of resolved and published snapshots are. Guarded by itself. */
    private final Map<Part, ImageRef> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Part, ImageRef> eldest) {
            return size() > KEPT;
        }
    };

    /** Likewise, by the snapshot's digest. Guarded by {@link #known}. */
    private final Map<Digest, StoredSnapshot> snapshots = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, StoredSnapshot> eldest) {
            return size() > KEPT;
        }
    };

    Images(ObjectStore objects, Domains domains) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
    }

    /** A name for a new object that tells nothing about it. */
    static String freshName() {
        byte[] name = new byte[NAME_BYTES];
        RANDOM.nextBytes(name);
        return HexFormat.of().formatHex(name);
    }

    void learn(StoredSnapshot snapshot) {
        synchronized (known) {
            snapshot.manifest().parts().forEach(part -> known.put(part, snapshot.image(part.kind())));
            snapshots.put(snapshot.manifest().id(), snapshot);
        }
    }

    /** What a snapshot's pointer said when it was read last. */
    Optional<StoredSnapshot> find(Manifest manifest) {
        synchronized (known) {
            return Optional.ofNullable(snapshots.get(manifest.id()));
        }
    }

    Optional<ImageRef> find(Part part) {
        synchronized (known) {
            return Optional.ofNullable(known.get(part));
        }
    }

    /** @throws StoreException NOT_FOUND; CORRUPT */
    BlockMap read(Domain domain, ImageRef image, Cancellation cancellation) throws StoreException {
        String key = image.key(domain);
        try (ObjectReader reader = objects.get(key, ByteRange.all(), cancellation)) {
            byte[] sealed = reader.readAll(BlockMapCodec.MAX_BYTES);
            return BlockMapCodec.decode(image.map(), domains.open(domain, key, sealed, cancellation));
        }
    }

    ImageRef write(Domain domain, BlockMap map, Cancellation cancellation) throws StoreException {
        String name = freshName();
        String key = ImageRef.prefix(domain) + name;
        byte[] sealed = SealedDocument.seal(domain.current(), key, BlockMapCodec.encode(map));
        objects.put(key, Body.of(sealed), Condition.always(), cancellation);
        return new ImageRef(name, sealed.length);
    }
}
