package dev.thaw.cache;

import dev.thaw.store.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes room: reserves, evicts, and removes files. The index is also the lock; files lose their names under it and
 * their bytes outside.
 */
final class CacheRoom {
    private static final Logger LOG = LoggerFactory.getLogger(CacheRoom.class);

    /** A file that has lost its name and is still to be removed. */
    private record Doomed(Path file, long bytes) {}

    final CacheIndex index; // guarded by itself, as are the counters
    final CacheCounters counters = new CacheCounters();
    private final CacheFiles files;
    private final String evictionNote;

    /** @param onlyCopy no store has what is evicted here */
    CacheRoom(CacheIndex index, CacheFiles files, boolean onlyCopy) {
        this.index = index;
        this.files = files;
        this.evictionNote = onlyCopy ? " (it was the only copy: the next start boots)" : "";
    }

    /** Charges bytes that are going to be written, after evicting what has to go for them. */
    void reserve(long bytes, String what) throws CacheException {
        boolean reserved = false;
        while (!reserved) {
            List<Doomed> doomed;
            synchronized (index) {
                index.requirePinnable(bytes, what);
                reserved = index.hasRoomFor(bytes);
                if (reserved) {
                    index.reserve(bytes);
                    return;
                }
                doomed = evictOne(bytes, what);
            }
            bury(doomed);
        }
    }

    /** Evicts one snapshot unless there is room; the caller looks again. */
    void makeSomeRoom(long bytes, String what) throws CacheException {
        List<Doomed> doomed;
        synchronized (index) {
            doomed = index.hasRoomFor(bytes) ? List.of() : evictOne(bytes, what);
        }
        bury(doomed);
    }

    private List<Doomed> evictOne(long bytes, String what) throws CacheException {
        if (index.isAboutToHaveRoomFor(bytes)) {
            awaitBurial(what);
            return List.of();
        }
        CachedManifest victim = index.victim().orElseThrow(() -> index.allInUse(bytes, what));
        return remove(victim, EvictionReason.SPACE);
    }

    /** Gives the lock away until a file that another thread removes is gone. */
    private void awaitBurial(String what) throws CacheException {
        try {
            index.wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CacheException(CacheException.Code.ALL_IN_USE, "Interrupted while room was made for " + what, e);
        }
    }

    /** Evicts until no more lies here than is to be kept, as far as nobody holds it. */
    void trim() throws CacheException {
        List<Doomed> doomed = new ArrayList<>();
        synchronized (index) {
            Optional<CachedManifest> victim = index.victim();
            while (index.isOverKeep() && victim.isPresent()) {
                doomed.addAll(remove(victim.get(), EvictionReason.BOUND));
                victim = index.victim();
            }
        }
        bury(doomed);
    }

    /** @return whether it was here */
    boolean drop(CachedManifest snapshot) throws CacheException {
        List<Doomed> doomed;
        synchronized (index) {
            if (index.snapshot(snapshot.id).filter(snapshot::equals).isEmpty()) {
                return false;
            }
            doomed = remove(snapshot, EvictionReason.DROPPED);
        }
        bury(doomed);
        return true;
    }

    /**
     * Gives a written file its name and takes it into the index, pinned; where the part has come here meanwhile, that
     * one stays and the file goes. To be called locked.
     */
    CachedPart commit(Path written, Part part, long allocatedBytes, FileStamp stamp, int pins) throws IOException {
        Optional<CachedPart> here = index.part(part);
        if (here.isPresent()) {
            Files.delete(written);
            for (int i = 0; i < pins; i++) {
                index.pin(here.get());
            }
            return here.get();
        }
        files.commit(written, part);
        CachedPart committed = new CachedPart(part, files.part(part), allocatedBytes, stamp);
        index.add(committed, pins);
        return committed;
    }

    /** Gives pins back. */
    void unpin(List<CachedPart> parts) throws CacheException {
        List<Doomed> doomed = new ArrayList<>();
        synchronized (index) {
            for (CachedPart part : parts) {
                Optional<CachedPart> dead = index.unpin(part);
                if (dead.isPresent()) {
                    unname(dead.get()).ifPresent(doomed::add);
                }
            }
        }
        bury(doomed);
    }

    /** Takes a damaged part away, and every snapshot that has it. */
    void condemn(CachedPart part, String why) throws CacheException {
        List<Doomed> doomed = new ArrayList<>();
        synchronized (index) {
            if (!index.condemn(part)) {
                return;
            }
            counters.corruptParts++;
            LOG.warn("A damaged part is removed from the cache part={} reason={}", part.part, why);
            for (CachedManifest snapshot : index.having(part)) {
                doomed.addAll(remove(snapshot, EvictionReason.CORRUPT));
            }
            unname(part).ifPresent(doomed::add);
        }
        bury(doomed);
    }

    /** The manifest goes first: a crash in between leaves parts that the next start sweeps. */
    private List<Doomed> remove(CachedManifest snapshot, EvictionReason reason) throws CacheException {
        try {
            files.deleteManifest(snapshot.id);
        } catch (IOException e) {
            throw CacheFiles.failure("remove snapshot " + snapshot.id + " from the cache", e);
        }
        LOG.info(
                "Snapshot leaves the cache snapshot={} revision={} reason={}{}",
                snapshot.id,
                snapshot.manifest.revision(),
                reason,
                evictionNote);
        counters.evicted(reason);
        List<Doomed> doomed = new ArrayList<>();
        for (CachedPart dead : index.remove(snapshot)) {
            unname(dead).ifPresent(doomed::add);
        }
        return doomed;
    }

    private Optional<Doomed> unname(CachedPart part) throws CacheException {
        try {
            Doomed doomed = new Doomed(files.unname(part.file), part.allocatedBytes);
            index.dying(doomed.bytes);
            return Optional.of(doomed);
        } catch (NoSuchFileException e) {
            index.dying(part.allocatedBytes);
            index.buried(part.allocatedBytes, true); // somebody else removed it
            return Optional.empty();
        } catch (IOException e) {
            throw CacheFiles.failure("remove " + part.part + " from the cache", e);
        }
    }

    private void bury(List<Doomed> doomed) throws CacheException {
        for (Doomed each : doomed) {
            boolean gone = false;
            try {
                Files.deleteIfExists(each.file);
                gone = true;
            } catch (IOException e) {
                throw CacheFiles.failure("remove a part from the cache", e);
            } finally {
                synchronized (index) {
                    index.buried(each.bytes, gone);
                    index.notifyAll();
                }
            }
        }
    }
}
