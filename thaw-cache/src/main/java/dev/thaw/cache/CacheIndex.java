package dev.thaw.cache;

import dev.thaw.store.DataSize;
import dev.thaw.store.Part;
import dev.thaw.store.PartKind;
import dev.thaw.store.object.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is in the cache, who holds it, and how much room there is. Only counts: it touches no file and is not
 * thread-safe; {@link DiskNodeCache} guards it.
 *
 * <h2>Bytes</h2>
 *
 * A byte is <em>used</em> from its reservation until its file is really gone. A part is <em>pinned</em> while a lease,
 * or an acquisition under way, holds it; reserved bytes are pinned too. Pinned bytes never exceed the bound for what is
 * in use, used bytes never exceed the larger of the two bounds.
 *
 * <h2>Life of a part</h2>
 *
 * A part stays as long as a snapshot in the cache has it or somebody pins it. Snapshots leave in the order of their last
 * use; those that are held or kept by hand stay.
 */
final class CacheIndex {
    private record PartName(PartKind kind, Digest digest) {
        static PartName of(Part part) {
            return new PartName(part.kind(), part.digest());
        }
    }

    private final CacheBounds bounds;
    private final Map<PartName, CachedPart> parts = new HashMap<>();
    private final Map<Digest, CachedManifest> snapshots = new HashMap<>();
    private long usedBytes;
    private long pinnedBytes;
    private long dyingBytes; // of parts out of the index whose files are still being removed

    CacheIndex(CacheBounds bounds) {
        this.bounds = bounds;
    }

    Optional<CachedPart> part(PartKind kind, Digest digest) {
        return Optional.ofNullable(parts.get(new PartName(kind, digest)));
    }

    Optional<CachedPart> part(Part part) {
        return part(part.kind(), part.digest());
    }

    Optional<CachedManifest> snapshot(Digest id) {
        return Optional.ofNullable(snapshots.get(id));
    }

    Optional<CachedManifest> newest(Digest identity, Digest fit) {
        return snapshots.values().stream()
                .filter(snapshot -> snapshot.manifest.identity().equals(identity)
                        && snapshot.manifest.fit().id().equals(fit))
                .max(Comparator.comparing(snapshot -> snapshot.manifest.frozenAt()));
    }

    List<CachedManifest> byLastUse() {
        return snapshots.values().stream()
                .sorted(Comparator.comparing((CachedManifest snapshot) -> snapshot.lastUsed)
                        .reversed())
                .toList();
    }

    long usedBytes() {
        return usedBytes;
    }

    long pinnedBytes() {
        return pinnedBytes;
    }

    /** @throws CacheException when {@code bytes} are more than the cache may ever hold in use */
    void requireFits(long bytes, String what) throws CacheException {
        if (bytes > bounds.inUse().bytes()) {
            throw new CacheException(
                    CacheException.Code.TOO_LARGE,
                    what + " takes up to " + new DataSize(bytes) + ", and the cache may hold " + bounds.inUse()
                            + " in use. Give the worker a larger cache.");
        }
    }

    /** @throws CacheException when {@code more} bytes may not be pinned beside those that are */
    void requirePinnable(long more, String what) throws CacheException {
        if (pinnedBytes + more > bounds.inUse().bytes()) {
            throw allInUse(more, what);
        }
    }

    /** @throws CacheException when that part may not be pinned beside those that are */
    void requirePinnable(CachedPart part, String what) throws CacheException {
        requirePinnable(part.pins == 0 ? part.allocatedBytes : 0, what);
    }

    CacheException allInUse(long more, String what) {
        return new CacheException(
                CacheException.Code.ALL_IN_USE,
                what + " needs " + new DataSize(more) + " more in the cache; " + new DataSize(pinnedBytes)
                        + " are in use and the bounds are " + bounds.inUse() + " in use, " + bounds.keep()
                        + " kept. Retire instances, or give the worker a larger cache.");
    }

    boolean hasRoomFor(long more) {
        return usedBytes + more <= bounds.totalBytes();
    }

    /** There will be, once the files that have lost their names are gone. */
    boolean isAboutToHaveRoomFor(long more) {
        return dyingBytes > 0 && usedBytes - dyingBytes + more <= bounds.totalBytes();
    }

    /** More lies here than is to be kept. */
    boolean isOverKeep() {
        return usedBytes - dyingBytes > bounds.keep().bytes();
    }

    /** Charges bytes before they are written. */
    void reserve(long bytes) {
        usedBytes += bytes;
        pinnedBytes += bytes;
    }

    /** Gives a reservation back. */
    void release(long bytes) {
        usedBytes -= bytes;
        pinnedBytes -= bytes;
    }

    /** Takes in a part that has been written, charging what it really takes. */
    void add(CachedPart part, int pins) {
        parts.put(PartName.of(part.part), part);
        part.pins = pins;
        usedBytes += part.allocatedBytes;
        pinnedBytes += pins > 0 ? part.allocatedBytes : 0;
    }

    void add(CachedManifest snapshot) {
        snapshots.put(snapshot.id, snapshot);
        snapshot.parts.forEach(part -> part.snapshots++);
    }

    void pin(CachedPart part) {
        if (part.pins++ == 0) {
            pinnedBytes += part.allocatedBytes;
        }
    }

    /** @return the part when nobody has it any more: it has left the index, and its file is to be removed */
    Optional<CachedPart> unpin(CachedPart part) {
        if (--part.pins > 0) {
            return Optional.empty();
        }
        pinnedBytes -= part.allocatedBytes;
        return removeIfUnwanted(part);
    }

    /** The snapshot that is to go next; empty when everything is held. */
    Optional<CachedManifest> victim() {
        return snapshots.values().stream()
                .filter(snapshot -> snapshot.leases == 0 && !snapshot.keep)
                .min(Comparator.comparing(snapshot -> snapshot.lastUsed));
    }

    /** @return the parts whose files are to be removed */
    List<CachedPart> remove(CachedManifest snapshot) {
        List<CachedPart> dead = new ArrayList<>();
        if (snapshots.remove(snapshot.id, snapshot)) {
            for (CachedPart part : snapshot.parts) {
                part.snapshots--;
                removeIfUnwanted(part).ifPresent(dead::add);
            }
        }
        return dead;
    }

    /** The snapshots that have a part. */
    List<CachedManifest> having(CachedPart part) {
        return snapshots.values().stream()
                .filter(snapshot -> snapshot.parts.contains(part))
                .toList();
    }

    /** Takes a damaged part out, whoever may hold it; its file is to be removed. False when it is out already. */
    boolean condemn(CachedPart part) {
        if (part.gone) {
            return false;
        }
        part.gone = true;
        parts.remove(PartName.of(part.part), part);
        return true;
    }

    void dying(long bytes) {
        dyingBytes += bytes;
    }

    /** The removal of a file has ended; where it failed the bytes stay charged. */
    void buried(long bytes, boolean gone) {
        dyingBytes -= bytes;
        usedBytes -= gone ? bytes : 0;
    }

    private Optional<CachedPart> removeIfUnwanted(CachedPart part) {
        if (part.pins > 0 || part.snapshots > 0 || part.gone) {
            return Optional.empty();
        }
        part.gone = true;
        parts.remove(PartName.of(part.part), part);
        return Optional.of(part);
    }
}
