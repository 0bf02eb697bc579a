package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings parts of published snapshots into files, and notes which packs turn out to be damaged. */
final class PartFetching {
    private static final Logger LOG = LoggerFactory.getLogger(PartFetching.class);

    private final ObjectStore objects;
    private final Domains domains;
    private final Images images;
    private final Clock clock;
    private final Learning all;

    /** Reads all pointers, so that {@link Images} knows what they say. */
    @FunctionalInterface
    interface Learning {
        void learn(Cancellation cancellation) throws StoreException;
    }

    PartFetching(ObjectStore objects, Domains domains, Images images, Clock clock, Learning all) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.images = requireNonNull(images, "images is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.all = requireNonNull(all, "all is null");
    }

    /**
     * Writes a part into a new file.
     *
     * @return how many bytes came from the store
     */
    long fetch(Part part, Path file, FrameReader from, Cancellation cancellation) throws IOException {
        Domain domain = domains.find(part.trustDomain(), cancellation).orElseThrow(() -> lost(part));
        Set<ImageRef> tried = new HashSet<>();
        StoreException failure = null;
        // What this process remembers may be gone, and another snapshot have the same part.
        for (boolean remembered : new boolean[] {true, false}) {
            if (!remembered) {
                all.learn(cancellation);
            }
            for (ImageRef image : images.find(part)) {
                if (tried.add(image)) {
                    try {
                        return fetch(part, domain, image, file, from, cancellation);
                    } catch (StoreException e) {
                        if (e.code() != StoreException.Code.CORRUPT && e.code() != StoreException.Code.NOT_FOUND) {
                            throw e;
                        }
                        failure = failure == null ? e : failure;
                    }
                }
            }
        }
        throw failure == null ? lost(part) : failure;
    }

    private long fetch(Part part, Domain domain, ImageRef image, Path file, FrameReader from, Cancellation cancellation)
            throws IOException {
        BlockMap map = images.read(domain, image, cancellation);
        if (map.sizeBytes() != part.sizeBytes()) {
            throw new StoreException(
                    StoreException.Code.CORRUPT, "The block map of " + part + " is of another size than it.");
        }
        long[] bytes = {image.bytes()};
        try {
            PartFile.write(part.kind(), part.sizeBytes(), file, target -> {
                bytes[0] += from.read(map.frames(), new FrameScatter(map, target), cancellation);
            });
        } catch (StoreException e) {
            FrameReading.damagedPacks(e).forEach(pack -> quarantine(pack, e, cancellation));
            throw e;
        }
        return bytes[0];
    }

    /** Whoever publishes next stores the blocks of a damaged pack again. */
    private void quarantine(FrameReading.DamagedPack pack, StoreException why, Cancellation cancellation) {
        try {
            Condemned.damaged(
                    objects,
                    domains,
                    domains.byFolder(pack.domain(), cancellation),
                    pack.key(),
                    clock.instant(),
                    cancellation);
            LOG.warn("A damaged pack is not used by new snapshots any more key={}", pack.key());
        } catch (StoreException e) {
            LOG.warn("It could not be noted that a pack is damaged key={} reason={}", pack.key(), e.getMessage());
            why.addSuppressed(e);
        }
    }

    private static StoreException lost(Part part) {
        return new StoreException(StoreException.Code.NOT_FOUND, "No published snapshot has the " + part + ".");
    }
}
