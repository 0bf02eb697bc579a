package dev.thaw.cache;

import dev.thaw.store.Part;
import dev.thaw.store.PartFile;
import dev.thaw.store.PartKind;
import dev.thaw.store.PartSource;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Takes parts of a fresh freeze into the cache. A root file system, which never changes, is hard-linked where it lies
 * on the same file system, so that it takes its room once; it is charged in full all the same, for the cache keeps it
 * alive when its other owner lets go.
 */
final class PartAdoption {
    private final CacheRoom room;
    private final CacheFiles files;

    PartAdoption(CacheRoom room, CacheFiles files) {
        this.room = room;
        this.files = files;
    }

    /** An upper bound of what the part takes here. */
    static long estimate(PartSource source) throws CacheException {
        try {
            return PartFetches.estimate(Math.min(Files.size(source.file()), AllocatedBytes.of(source.file())));
        } catch (IOException e) {
            throw CacheFiles.failure("look at " + source.file(), e);
        }
    }

    /** @return the part, pinned once for the caller */
    CachedPart adopt(PartSource source, String what, Cancellation cancellation) throws StoreException, CacheException {
        Optional<CachedPart> here = holdIfHere(source, what);
        if (here.isPresent()) {
            return here.get();
        }
        long reserved = estimate(source);
        room.reserve(reserved, what);
        Path file = files.newFile();
        try {
            Part part = bring(source, file, cancellation);
            long allocated = AllocatedBytes.of(file);
            FileStamp stamp = FileStamp.of(file);
            synchronized (room.index) {
                return room.commit(file, part, allocated, stamp, 1);
            }
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw CacheFiles.failure("take " + source.file() + " into the cache", e);
        } finally {
            discard(file);
            synchronized (room.index) {
                room.index.release(reserved);
                room.index.notifyAll();
            }
        }
    }

    private Optional<CachedPart> holdIfHere(PartSource source, String what) throws CacheException {
        if (source.digest().isEmpty()) {
            return Optional.empty();
        }
        synchronized (room.index) {
            Optional<CachedPart> here =
                    room.index.part(source.kind(), source.digest().get());
            if (here.isPresent()) {
                room.index.requirePinnable(here.get(), what);
                room.index.pin(here.get());
            }
            return here;
        }
    }

    private static Part bring(PartSource source, Path file, Cancellation cancellation) throws IOException {
        if (source.kind() != PartKind.ROOTFS || !link(source.file(), file)) {
            return PartFile.copy(source, file, cancellation);
        }
        Part part = PartFile.describe(source.kind(), source.trustDomain(), file, cancellation);
        source.require(part);
        return part;
    }

    /** False where the file systems differ or do not allow it. */
    private static boolean link(Path existing, Path file) {
        try {
            Files.createLink(file, existing);
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false; // then it is copied, and a real fault shows there
        }
    }

    /** After a commit there is nothing under this name any more. */
    private static void discard(Path file) throws CacheException {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw CacheFiles.failure("remove an unfinished part", e);
        }
    }
}
