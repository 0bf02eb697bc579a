package dev.thaw.lazy;

import dev.thaw.store.object.Digest;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something about each of the snapshots that were asked about last. A worker may see any number of them in its life; the one asked about longest ago is forgotten first. Not
 * for several threads at once.
 */
final class RecentSnapshots<V> extends LinkedHashMap<Digest, V> {
    private static final long serialVersionUID = 1;
    private static final int MOST = 1_000;

    RecentSnapshots() {
        super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Digest, V> eldest) {
        return size() > MOST;
    }
}
