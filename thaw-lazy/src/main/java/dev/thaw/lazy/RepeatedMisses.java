package dev.thaw.lazy;

import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Digest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells what one thaw misses by chance from what costs many of them a round trip to the store. A guest's kernel takes ways of its own
 * now and then, but not many different ones, so that a thaw in two or three misses one block of a few. Remembers what was missed
 * by the last thaws of each of the snapshots thawed last.
 */
final class RepeatedMisses {
    private static final int THAWS = 8;

    /**
     * So many misses of one thaw are worth a new companion by themselves. They come one after the other, each a round trip that the
     * guest waits for; the companion is a few MB that nobody waits for.
     */
    static final int MANY = 4;

    /** The last thaws' misses, the oldest first. Guarded by this. */
    private final Map<Digest, Deque<List<HotBlock>>> before = new RecentSnapshots<>();

    /**
     * What a thaw missed.
     *
     * @return what is to be hot from now on: nothing, or, when a block of these has been missed lately, or when there are as many as
     *     are worth a new companion by themselves, everything that was missed lately
     */
    synchronized List<HotBlock> add(Digest snapshot, List<HotBlock> missed) {
        Deque<List<HotBlock>> last = before.computeIfAbsent(snapshot, _ -> new ArrayDeque<>());
        Set<HotBlock> known = new LinkedHashSet<>();
        last.forEach(known::addAll);
        if (missed.size() >= MANY || missed.stream().anyMatch(known::contains)) {
            before.remove(snapshot);
            known.addAll(missed);
            return new ArrayList<>(known);
        }
        last.add(List.copyOf(missed));
        if (last.size() > THAWS) {
            last.remove();
        }
        return List.of();
    }
}
