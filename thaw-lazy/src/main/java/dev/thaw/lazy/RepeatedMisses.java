package dev.thaw.lazy;

import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Digest;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Tells what one thaw misses by chance from what each misses: every such block costs a round trip to the store each
 * time. Remembers of each of the snapshots thawed last what was missed before.
 */
final class RepeatedMisses {
    private static final int SNAPSHOTS = 1_000;

    /** Guarded by this; the one thawed longest ago first. */
    private final Map<Digest, Set<HotBlock>> before = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Set<HotBlock>> eldest) {
            return size() > SNAPSHOTS;
        }
    };

    /** Whether the last thaw of the snapshot missed one of these as well. From here on these are what it missed last. */
    synchronized boolean add(Digest snapshot, Collection<HotBlock> missed) {
        Set<HotBlock> last = missed.isEmpty() ? before.remove(snapshot) : before.put(snapshot, new HashSet<>(missed));
        return last != null && missed.stream().anyMatch(last::contains);
    }
}
