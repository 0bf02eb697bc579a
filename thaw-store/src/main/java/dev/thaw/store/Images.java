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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The block maps of a store, and which image has which. */
final class Images {
    private static final int KEPT = 4096;
    private static final int MAPS_KEPT = 4;
    private static final int NAME_BYTES = 16;
    private static final int MAX_SEALED_BYTES =
            BlockMapCodec.MAX_BYTES + SealedDocument.overhead(BlockMapCodec.MAX_BYTES);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ObjectStore objects;
    private final Domains domains;

    /**
     * Where the images of resolved and published snapshots are, newest last: snapshots that share a root file system have
     * a map of it each. Guarded by itself.
     */
    private final Map<Part, Set<ImageRef>> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Part, Set<ImageRef>> eldest) {
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
            snapshot.manifest().parts().forEach(part -> {
                Set<ImageRef> refs = known.computeIfAbsent(part, _ -> new LinkedHashSet<>());
                ImageRef ref = snapshot.image(part.kind());
                refs.remove(ref);
                refs.add(ref);
                if (refs.size() > MAPS_KEPT) {
                    refs.remove(refs.iterator().next());
                }
            });
            snapshots.put(snapshot.manifest().id(), snapshot);
        }
    }

    /** What a snapshot's pointer said when it was read last. */
    Optional<StoredSnapshot> find(Manifest manifest) {
        synchronized (known) {
            return Optional.ofNullable(snapshots.get(manifest.id()));
        }
    }

    /** Where a part has been seen; newest first. */
    List<ImageRef> find(Part part) {
        synchronized (known) {
            return List.copyOf(known.getOrDefault(part, Set.of())).reversed();
        }
    }

    /** @throws StoreException NOT_FOUND; CORRUPT */
    BlockMap read(Domain domain, ImageRef image, Cancellation cancellation) throws StoreException {
        String key = image.key(domain);
        if (image.bytes() > MAX_SEALED_BYTES) {
            throw new StoreException(StoreException.Code.CORRUPT, key + " cannot be as long as its pointer says.");
        }
        try (ObjectReader reader = objects.get(key, ByteRange.all(), cancellation)) {
            if (reader.lengthBytes() != image.bytes()) {
                throw new StoreException(
                        StoreException.Code.CORRUPT,
                        key + " has " + reader.lengthBytes() + " bytes where " + image.bytes() + " belong.");
            }
            byte[] sealed = reader.readAll(MAX_SEALED_BYTES);
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
