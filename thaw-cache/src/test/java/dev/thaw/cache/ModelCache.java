package dev.thaw.cache;

import dev.thaw.store.Manifest;
import dev.thaw.store.Part;
import dev.thaw.store.object.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a cache should do, as sets that are counted anew each time. */
final class ModelCache {
    private static final class Entry {
        final Manifest manifest;
        long lastUsed;
        int leases;
        boolean keep;

        Entry(Manifest manifest) {
            this.manifest = manifest;
        }
    }

    private final CacheBounds bounds;
    private final Map<Part, Long> allocated = new HashMap<>();
    private final Map<Digest, Entry> snapshots = new LinkedHashMap<>();
    private final List<Entry> leases = new ArrayList<>();
    private long time;

    ModelCache(CacheBounds bounds) {
        this.bounds = bounds;
    }

    /** Tells how much a part takes; only the real file system knows. */
    void learn(Part part, long bytes) {
        allocated.put(part, bytes);
    }

    boolean has(Manifest manifest) {
        return snapshots.containsKey(manifest.id());
    }

    /** Most recently used first. */
    List<Digest> ids() {
        return snapshots.values().stream()
                .sorted(Comparator.comparing((Entry entry) -> entry.lastUsed).reversed())
                .map(entry -> entry.manifest.id())
                .toList();
    }

    /** @return the refusal, or nothing when a lease was given */
    Optional<CacheException.Code> acquire(Manifest manifest) {
        List<Part> missing = new ArrayList<>(manifest.parts());
        missing.removeAll(present());
        Set<Part> held = new HashSet<>(manifest.parts());
        held.removeAll(missing);
        held.addAll(pinned());
        long estimate = missing.stream().mapToLong(PartFetches::estimate).sum();
        if (sum(held) + estimate > bounds.inUse().bytes()) {
            return Optional.of(CacheException.Code.ALL_IN_USE);
        }
        while (used(held) + estimate > bounds.totalBytes()) {
            if (!evict()) {
                return Optional.of(CacheException.Code.ALL_IN_USE);
            }
        }
        Entry entry = snapshots.computeIfAbsent(manifest.id(), _ -> new Entry(manifest));
        entry.lastUsed = ++time;
        entry.leases++;
        leases.add(entry);
        return Optional.empty();
    }

    void close(int lease) {
        leases.remove(lease).leases--;
        trim();
    }

    void drop(Digest id) {
        snapshots.remove(id);
    }

    void keep(Digest id, boolean keep) {
        if (snapshots.containsKey(id)) {
            snapshots.get(id).keep = keep;
            trim();
        }
    }

    void restart() {
        leases.clear();
        snapshots.values().forEach(entry -> entry.leases = 0);
        trim();
    }

    long usedBytes() {
        return used(pinned());
    }

    long pinnedBytes() {
        return sum(pinned());
    }

    private void trim() {
        while (used(pinned()) > bounds.keep().bytes() && evict()) {
            // one after the other
        }
    }

    private boolean evict() {
        Optional<Entry> victim = snapshots.values().stream()
                .filter(entry -> entry.leases == 0 && !entry.keep)
                .min(Comparator.comparing(entry -> entry.lastUsed));
        victim.ifPresent(entry -> snapshots.remove(entry.manifest.id()));
        return victim.isPresent();
    }

    private Set<Part> present() {
        Set<Part> parts = pinned();
        snapshots.values().forEach(entry -> parts.addAll(entry.manifest.parts()));
        return parts;
    }

    private Set<Part> pinned() {
        Set<Part> parts = new HashSet<>();
        leases.forEach(entry -> parts.addAll(entry.manifest.parts()));
        return parts;
    }

    private long used(Set<Part> held) {
        Set<Part> parts = present();
        parts.addAll(held);
        return sum(parts);
    }

    private long sum(Set<Part> parts) {
        return parts.stream()
                .mapToLong(part -> allocated.getOrDefault(part, 0L))
                .sum();
    }
}
