package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.PackId;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.FileErrors;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the root file system that is to be published among those that are, by its digest: then it need not be read, and
 * both snapshots have one block map.
 *
 * <p>Only where a scan would find all of its blocks in the domain's current epoch, too. One that refers to a public base is
 * scanned, because pages of memory are told to be the same by what the scan finds.
 */
final class StoredImages {
    private final Images images;

    StoredImages(Images images) {
        this.images = requireNonNull(images, "images is null");
    }

    /** An image that can be referred to as it is. */
    record Found(Part part, ImageRef image, BlockMap map) {}

    /** @param now what of the domain may be referred to */
    Optional<Found> find(Domain domain, PartSource rootfs, UsableBlocks.Usable now, Cancellation cancellation)
            throws StoreException {
        if (rootfs.digest().isEmpty()) {
            return Optional.empty();
        }
        long size = size(rootfs);
        Part part = new Part(rootfs.kind(), domain.name(), rootfs.digest().get(), size, size);
        for (ImageRef image : images.find(part)) {
            Optional<BlockMap> map =
                    now.condemned().has(image.key(domain)) ? Optional.empty() : read(domain, image, cancellation);
            if (map.isPresent() && map.get().sizeBytes() == size && isOfNow(map.get(), domain, now.packs())) {
                return Optional.of(new Found(part, image, map.get()));
            }
        }
        return Optional.empty();
    }

    private static long size(PartSource rootfs) throws StoreException {
        try {
            return Files.size(rootfs.file());
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.INVALID,
                    "The root file system to be published cannot be read: " + FileErrors.text(e) + ".",
                    e);
        }
    }

    /** Empty when it is lost or damaged: then it is written anew. */
    private Optional<BlockMap> read(Domain domain, ImageRef image, Cancellation cancellation) throws StoreException {
        try {
            return Optional.of(images.read(domain, image, cancellation));
        } catch (StoreException e) {
            return switch (e.code()) {
                case CORRUPT, UNSUPPORTED, NOT_FOUND -> Optional.empty();
                default -> throw e;
            };
        }
    }

    private static boolean isOfNow(BlockMap map, Domain domain, Set<PackId> packs) {
        // A map without blocks does not tell its epoch.
        return !map.frames().isEmpty()
                && map.frames().stream()
                        .allMatch(frame -> frame.domain().equals(domain.folder())
                                && frame.pack().epoch() == domain.current().epoch()
                                && packs.contains(frame.pack()));
    }
}
