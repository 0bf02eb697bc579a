package dev.thaw.lazy;

import dev.thaw.store.chunk.FramePieces;
import dev.thaw.store.chunk.FrameRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The frames of one image that are on their way, and the reads that wait for blocks of them. A reader who runs ahead of what is fetched is given it as it comes: it would only fetch and
 * open it once more.
 */
final class Arrivals {
    private final List<Arrival> underWay = new ArrayList<>(); // guarded by this
    private final List<Miss> waiting = new ArrayList<>(); // guarded by this

    /** What one fetch brings. */
    static final class Arrival {
        private final Set<FrameRef> left; // guarded by its Arrivals

        private Arrival(Collection<FrameRef> frames) {
            left = new HashSet<>(frames);
        }
    }

    /** To be ended, whatever comes of it. */
    synchronized Arrival begin(Collection<FrameRef> frames) {
        Arrival arrival = new Arrival(frames);
        underWay.add(arrival);
        return arrival;
    }

    /**
     * Lets a read wait, if all that it lacks is on its way.
     *
     * @return whether it waits; else it is the caller's still
     */
    synchronized boolean join(Places known, Miss miss) {
        boolean comes = comes(known, miss);
        if (comes) {
            waiting.add(miss);
        }
        return comes;
    }

    private boolean comes(Places known, Miss miss) {
        for (int block = miss.first(); block < miss.first() + miss.count(); block++) {
            FrameRef frame = miss.lacks(block) ? known.frame(block) : null;
            if (frame != null && underWay.stream().noneMatch(one -> one.left.contains(frame))) {
                return false;
            }
        }
        return !underWay.isEmpty();
    }

    /**
     * Gives a frame that is here to those who wait.
     *
     * @return who waited, for whatever block
     */
    List<Miss> give(List<FramePieces.Piece> pieces, byte[] plain) {
        List<Miss> all;
        synchronized (this) {
            all = List.copyOf(waiting);
        }
        // An answer is a call of the kernel's: others may join meanwhile.
        all.forEach(miss -> miss.give(pieces, plain));
        return all;
    }

    /** The reads that have been answered; each is told of once, and is the caller's again. */
    List<Miss> answered() {
        return removed(Miss::isAnswered);
    }

    private synchronized List<Miss> removed(Predicate<Miss> which) {
        List<Miss> removed = new ArrayList<>();
        for (Iterator<Miss> all = waiting.iterator(); all.hasNext(); ) {
            Miss miss = all.next();
            if (which.test(miss)) {
                all.remove();
                removed.add(miss);
            }
        }
        return removed;
    }

    /** A frame has been given, and is where later readers find it: nobody has to wait for it any more. */
    synchronized void here(Arrival arrival, FrameRef frame) {
        arrival.left.remove(frame);
    }

    /**
     * Nothing more comes of it.
     *
     * @return the reads that wait in vain now; they are the caller's again
     */
    synchronized List<Miss> end(Arrival arrival, Places known) {
        underWay.remove(arrival);
        return removed(miss -> !comes(known, miss));
    }
}
