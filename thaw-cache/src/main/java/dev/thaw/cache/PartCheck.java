package dev.thaw.cache;

import dev.thaw.store.Part;
import dev.thaw.store.PartFile;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;

/** Makes sure that parts which lie here are still what they were. */
final class PartCheck {
    private final CacheRoom room;

    PartCheck(CacheRoom room) {
        this.room = room;
    }

    /** False when one of them is damaged; that one has been removed then. */
    boolean areGood(List<CachedPart> parts, Cancellation cancellation) throws StoreException, CacheException {
        boolean good = true;
        for (CachedPart part : parts) {
            Optional<String> damage = damage(part, cancellation);
            if (damage.isPresent()) {
                room.condemn(part, damage.get());
                good = false;
            }
        }
        return good;
    }

    private static Optional<String> damage(CachedPart part, Cancellation cancellation)
            throws StoreException, CacheException {
        part.verifying.lock();
        try {
            FileStamp now = FileStamp.of(part.file);
            if (now.equals(part.verified)) {
                return Optional.empty();
            }
            Part found = PartFile.describe(part.part.kind(), part.part.trustDomain(), part.file, cancellation);
            if (!found.equals(part.part)) {
                return Optional.of("its digest is " + found.digest() + " and its size " + found.sizeBytes());
            }
            part.verified = now;
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.of("its file is gone");
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw CacheFiles.failure("read " + part.part + " in the cache", e);
        } finally {
            part.verifying.unlock();
        }
    }
}
