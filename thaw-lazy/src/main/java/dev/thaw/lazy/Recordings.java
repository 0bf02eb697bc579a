package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.Lease;
import dev.thaw.store.Manifest;
import dev.thaw.store.SnapshotImages;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a worker finds out what thaws touch first, as its policy says. */
public final class Recordings {
    private static final Logger log = LoggerFactory.getLogger(Recordings.class);

    private final SnapshotStore store;
    private final LazyMounts mounts;
    private final LazyThreads threads;
    private final RecordPolicy policy;

    /** How often snapshots that lie here as a whole have been thawed since one of them had a companion. */
    private final Map<Digest, Integer> thaws = Collections.synchronizedMap(new RecentSnapshots<>());

    private final RepeatedMisses misses = new RepeatedMisses();

    Recordings(SnapshotStore store, LazyMounts mounts, LazyThreads threads, RecordPolicy policy) {
        this.store = requireNonNull(store, "store is null");
        this.mounts = requireNonNull(mounts, "mounts is null");
        this.threads = requireNonNull(threads, "threads is null");
        this.policy = requireNonNull(policy, "policy is null");
    }

    /** Whether fresh snapshots are to be recorded by a clone that serves nobody. */
    public boolean byClones() {
        return policy != RecordPolicy.NONE;
    }

    /** For the recording of what a thaw of a snapshot that lies here as files touches. */
    public Recording begin(Lease whole) throws IOException {
        return Recording.begin(mounts.recording(), whole, store);
    }

    /**
     * Has a thaw of a snapshot that lies here as a whole recorded up to its first answer, where that is due: what an
     * invocation touches beyond a clone that is only ready. Every other thaw has the plain files.
     *
     * @param whole the result's from here on
     */
    public Lease recorded(Lease whole) {
        Digest id = whole.manifest().id();
        if (!policy.isDue(thaws.merge(id, 1, Integer::sum))) {
            return whole;
        }
        try {
            if (hasCompanion(whole.manifest())) {
                return new RecordedLease(whole, begin(whole), threads.executor(), RecordedLease.REST);
            }
            thaws.remove(id); // the next is the first then
        } catch (IOException e) {
            log.warn("snapshot={} a thaw is not recorded: {}", id, e.getMessage());
        }
        return whole;
    }

    private boolean hasCompanion(Manifest manifest) throws StoreException {
        Optional<SnapshotImages> images = store.images(manifest, Cancellation.never());
        images.ifPresent(SnapshotImages::close);
        return images.isPresent();
    }

    /** What a thaw had missed by its first answer is hot from now on, if it is much, or if another thaw has missed it lately. */
    void refine(LazySnapshot snapshot, LazySnapshot.Moment answered) {
        if (policy == RecordPolicy.NONE || !snapshot.mayRefine()) {
            return;
        }
        try {
            snapshot.frames().join();
            List<HotBlock> missed = misses.add(snapshot.manifest().id(), snapshot.missed(answered));
            if (missed.isEmpty()) {
                return;
            }
            List<HotBlock> order = WorkingSets.refined(snapshot.hot(), missed, snapshot.manifest());
            boolean done = snapshot.images().replaceHot(order, snapshot::readBlock, Cancellation.never());
            log.info(
                    "snapshot={} missed={} hot={} refined={}",
                    snapshot.manifest().id(),
                    missed.size(),
                    order.size(),
                    done);
        } catch (StoreException | RuntimeException e) {
            log.warn(
                    "What snapshot {} touches could not be refined: {}",
                    snapshot.manifest().id(),
                    e.toString());
        }
    }
}
