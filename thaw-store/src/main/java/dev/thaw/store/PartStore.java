package dev.thaw.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of a store: {@code parts/<first two digits>/<digest>}, each stored once however many snapshots have it. */
final class PartStore {
    static final String PREFIX = "parts/";

    /**
     * A part that a publisher finds is younger than this, or is written again: so nothing that is collected, which
     * takes {@link #MIN_GRACE}, was found by a publisher who is still at work.
     */
    private static final Duration REFRESH_AFTER = Duration.ofHours(1);

    /** No publishing takes longer than the difference. */
    static final Duration MIN_GRACE = Duration.ofHours(2);

    private static final Logger LOG = LoggerFactory.getLogger(PartStore.class);

    private final ObjectStore objects;
    private final Clock clock;

    PartStore(ObjectStore objects, Clock clock) {
        this.objects = objects;
        this.clock = clock;
    }

    static String key(Digest digest) {
        return PREFIX + digest.hex().substring(0, 2) + "/" + digest.hex();
    }

    /** Whether the part is there in its full length. */
    boolean has(Part part, Cancellation cancellation) throws StoreException {
        return find(part, cancellation)
                .filter(info -> info.sizeBytes() == part.storedBytes())
                .isPresent();
    }

    /** Stores a file's bytes unless they are there. */
    void store(Part part, Path file, Cancellation cancellation) throws StoreException {
        Optional<ObjectInfo> found = find(part, cancellation);
        Instant stale = clock.instant().minus(REFRESH_AFTER);
        if (found.filter(info -> info.sizeBytes() == part.storedBytes()
                        && info.modified().isAfter(stale))
                .isPresent()) {
            return;
        }
        Condition condition = found.isPresent() ? Condition.always() : Condition.absent();
        try {
            objects.put(key(part.digest()), PartFile.body(part, file), condition, cancellation);
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.PRECONDITION_FAILED) {
                throw e;
            }
            // Another publisher stored the same bytes meanwhile.
        }
    }

    /** Fetches into a new file; a wrong copy is read once more, then removed from the store so that it can be replaced. */
    long fetch(Part part, Path file, Cancellation cancellation) throws IOException {
        try {
            return fetchOnce(part, file, cancellation);
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            LOG.warn("A part is read again part={} reason={}", part, e.getMessage());
        }
        try {
            return part.storedBytes() + fetchOnce(part, file, cancellation);
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.CORRUPT) {
                quarantine(part, e, cancellation);
            }
            throw e;
        }
    }

    private long fetchOnce(Part part, Path file, Cancellation cancellation) throws IOException {
        try (ObjectReader reader = objects.get(key(part.digest()), ByteRange.all(), cancellation)) {
            PartFile.write(part, reader, file, cancellation);
            return part.storedBytes();
        }
    }

    /** What does not hash to its own name helps nobody, and stands in the way of a publisher who has the right bytes. */
    private void quarantine(Part part, StoreException why, Cancellation cancellation) {
        try {
            objects.delete(key(part.digest()), cancellation);
            LOG.warn("A damaged part has been removed from the store part={} reason={}", part, why.getMessage());
        } catch (StoreException e) {
            LOG.warn("A damaged part could not be removed from the store part={}", part, e);
            why.addSuppressed(e);
        }
    }

    void delete(Part part, Cancellation cancellation) throws StoreException {
        objects.delete(key(part.digest()), cancellation);
    }

    /** Removes the parts that are older than {@code grace} and whose digests are not in {@code living}. */
    Collected collect(Set<Digest> living, Duration grace, boolean dryRun, Cancellation cancellation)
            throws StoreException {
        Instant before = clock.instant().minus(grace);
        List<ListedObject> dead = new ArrayList<>();
        objects.list(
                PREFIX,
                object -> {
                    if (object.modified().isBefore(before)
                            && digest(object.key()).filter(living::contains).isEmpty()) {
                        dead.add(object);
                    }
                },
                cancellation);
        int parts = 0;
        long bytes = 0;
        for (ListedObject object : dead) {
            // A publisher may have written it anew since it was listed.
            if (isBefore(object.key(), before, cancellation)) {
                if (!dryRun) {
                    objects.delete(object.key(), cancellation);
                }
                parts++;
                bytes += object.sizeBytes();
            }
        }
        return new Collected(parts, bytes);
    }

    private boolean isBefore(String key, Instant time, Cancellation cancellation) throws StoreException {
        return head(key, cancellation)
                .filter(info -> info.modified().isBefore(time))
                .isPresent();
    }

    private static Optional<Digest> digest(String key) {
        try {
            return Optional.of(new Digest(key.substring(key.lastIndexOf('/') + 1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // not a part of ours, and of no use
        }
    }

    private Optional<ObjectInfo> find(Part part, Cancellation cancellation) throws StoreException {
        return head(key(part.digest()), cancellation);
    }

    private Optional<ObjectInfo> head(String key, Cancellation cancellation) throws StoreException {
        try {
            return Optional.of(objects.head(key, cancellation));
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
