package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.ChunkWriter.PublicBlocks;
import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes snapshots: packs, then block maps, then the manifest, then the pointer, by one conditional write. What was
 * condemned meanwhile is looked at again just before; see docs/format.md.
 */
final class SnapshotPublisher {
    /** A publication that takes longer gives up: what it found may have been collected. */
    static final Duration MAX_DURATION = Duration.ofHours(1);

    /** Each further attempt means that another publisher or a collector was faster once more. */
    private static final int ATTEMPTS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotPublisher.class);

    private final ObjectStore objects;
    private final Domains domains;
    private final PointerStore pointers;
    private final Images images;
    private final StoredImages storedImages;
    private final Manifests manifests;
    private final PublishThreads threads;
    private final LongSupplier nanoTime;
    private final UsableBlocks usable;

    SnapshotPublisher(
            ObjectStore objects,
            Domains domains,
            PointerStore pointers,
            Images images,
            PublishThreads threads,
            LongSupplier nanoTime) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.pointers = requireNonNull(pointers, "pointers is null");
        this.images = requireNonNull(images, "images is null");
        this.storedImages = new StoredImages(images);
        this.manifests = new Manifests(objects, domains);
        this.usable = new UsableBlocks(objects, domains, images);
        this.threads = requireNonNull(threads, "threads is null");
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
    }

    /** @return the snapshot that is visible afterwards: this one, or another publisher's who was first */
    StoredSnapshot publish(SnapshotDraft draft, Cancellation cancellation) throws StoreException {
        long deadline = nanoTime.getAsLong() + MAX_DURATION.toNanos();
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            // Anew each time: an epoch may have begun.
            Domain domain = domains.findOrCreate(draft.identity().trustDomain(), cancellation);
            String key =
                    PointerStore.key(domain, draft.identity().id(), draft.fit().id());
            PointerStore.Read read = pointers.readToReplace(domain, key, cancellation);
            UsableBlocks.Usable now = usable.refresh(domain, cancellation);
            if (read.snapshot().isPresent()
                    && usable.isWhole(domain, read.snapshot().get(), now, cancellation)) {
                return read.snapshot().get();
            }
            Optional<StoredSnapshot> published = attempt(draft, domain, now, read, deadline, cancellation);
            if (published.isPresent()) {
                images.learn(published.get());
                return published.get();
            }
        }
        throw new StoreException(
                StoreException.Code.UNAVAILABLE,
                "Could not publish " + draft.revision() + ": others wrote or collected what it needs " + ATTEMPTS
                        + " times meanwhile.");
    }

    private Optional<StoredSnapshot> attempt(
            SnapshotDraft draft,
            Domain domain,
            UsableBlocks.Usable now,
            PointerStore.Read read,
            long deadline,
            Cancellation cancellation)
            throws StoreException {
        Optional<Stored> tried = store(draft, domain, now, cancellation);
        requireInTime(deadline, draft.revision());
        if (tried.isEmpty()
                || !usable.isUsable(domain, tried.get().maps(), tried.get().refs(), cancellation)) {
            LOG.info(
                    "What a publication refers to has been condemned meanwhile, it is done again revision={}",
                    draft.revision());
            return Optional.empty();
        }
        Stored stored = tried.get();
        boolean replaced = pointers.replace(read, Optional.of(stored.snapshot()), read.pinned(), cancellation);
        return replaced ? Optional.of(stored.snapshot()) : Optional.empty();
    }

    private void requireInTime(long deadline, String what) throws StoreException {
        if (nanoTime.getAsLong() - deadline > 0) {
            throw new StoreException(
                    StoreException.Code.UNAVAILABLE,
                    "Publishing " + what + " took longer than " + MAX_DURATION
                            + ", and what it found stored may be gone. It is left to be done again.");
        }
    }

    private record Stored(StoredSnapshot snapshot, List<BlockMap> maps, List<ImageRef> refs) {}

    /** Empty when something that was found stored has been condemned meanwhile. */
    private Optional<Stored> store(
            SnapshotDraft draft, Domain domain, UsableBlocks.Usable now, Cancellation cancellation)
            throws StoreException {
        Optional<StoredImages.Found> known = storedImages.find(domain, draft.rootfs(), now, cancellation);
        Optional<PublicBlocks> base = usable.publicBlocks(domain, cancellation);
        Map<PartKind, BlockMap> maps = new HashMap<>();
        known.ifPresent(found -> maps.put(PartKind.ROOTFS, found.map()));
        try (PackUploads uploads = new PackUploads(objects, domain, cancellation);
                ChunkWriter writer =
                        new ChunkWriter(domain, usable.index(domain), base, uploads, threads, cancellation)) {
            Map<PartKind, ChunkWriter.Written> written = new HashMap<>();
            for (PartSource source : draft.sources()) {
                if (!maps.containsKey(source.kind())) {
                    written.put(source.kind(), writer.write(source.file(), source.kind() == PartKind.ROOTFS));
                }
            }
            writer.finish();
            written.forEach((kind, image) -> writer.map(image).ifPresent(map -> maps.put(kind, map)));
        }
        if (maps.size() < draft.sources().size()) {
            return Optional.empty();
        }
        Manifest manifest = Manifest.of(
                draft,
                draft.memory().describe(cancellation),
                draft.state().describe(cancellation),
                known.isPresent() ? known.get().part() : draft.rootfs().describe(cancellation));
        Map<PartKind, ImageRef> refs = writeMaps(domain, manifest, maps, known, cancellation);
        StoredSnapshot snapshot = new StoredSnapshot(
                manifest,
                requireNonNull(refs.get(PartKind.MEMORY)),
                requireNonNull(refs.get(PartKind.STATE)),
                requireNonNull(refs.get(PartKind.ROOTFS)),
                Optional.empty());
        manifests.write(domain, snapshot, cancellation);
        return Optional.of(new Stored(snapshot, List.copyOf(maps.values()), List.copyOf(refs.values())));
    }

    /** Side by side, for each waits for the store; a map that is stored already stays. */
    private Map<PartKind, ImageRef> writeMaps(
            Domain domain,
            Manifest manifest,
            Map<PartKind, BlockMap> maps,
            Optional<StoredImages.Found> rootfs,
            Cancellation cancellation)
            throws StoreException {
        Map<PartKind, ImageRef> refs = new HashMap<>();
        rootfs.ifPresent(found -> refs.put(PartKind.ROOTFS, found.image()));
        List<Part> parts = manifest.parts().stream()
                .filter(part -> !refs.containsKey(part.kind()))
                .toList();
        List<ImageRef> written = Parallel.map(
                parts,
                part -> {
                    BlockMap map = requireNonNull(maps.get(part.kind()));
                    if (map.sizeBytes() != part.sizeBytes()) {
                        throw new StoreException(
                                StoreException.Code.CORRUPT, "The " + part + " changed while it was published.");
                    }
                    return images.write(domain, map, cancellation);
                },
                cancellation);
        for (int i = 0; i < parts.size(); i++) {
            refs.put(parts.get(i).kind(), written.get(i));
        }
        return refs;
    }

    /** Stores an image alone. */
    ImageRef publishImage(Domain domain, Path file, Cancellation cancellation) throws StoreException {
        long deadline = nanoTime.getAsLong() + MAX_DURATION.toNanos();
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            usable.refresh(domain, cancellation);
            Optional<BlockMap> map;
            try (PackUploads uploads = new PackUploads(objects, domain, cancellation);
                    ChunkWriter writer = new ChunkWriter(
                            domain, usable.index(domain), Optional.empty(), uploads, threads, cancellation)) {
                ChunkWriter.Written written = writer.write(file, false);
                writer.finish();
                map = writer.map(written);
            }
            if (map.isPresent()) {
                ImageRef ref = images.write(domain, map.get(), cancellation);
                requireInTime(deadline, "an image");
                if (usable.isUsable(domain, List.of(map.get()), List.of(ref), cancellation)) {
                    return ref;
                }
            }
        }
        throw new StoreException(
                StoreException.Code.UNAVAILABLE, "A collector condemned what an image refers to again and again.");
    }
}
