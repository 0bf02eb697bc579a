package dev.thaw.cache;

import dev.thaw.store.Part;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A part that lies in the cache. The counts belong to {@link CacheIndex} and are guarded by its owner's lock. */
final class CachedPart {
    final Part part;
    final Path file;
    final long allocatedBytes;

    /** One reader at a time finds out whether the file is still what it was; the others wait for the verdict. */
    final ReentrantLock verifying = new ReentrantLock();

    /** As the file was when its digest was last right; null: not looked at since the cache was opened. By verifying. */
    @Nullable
    FileStamp verified;

    int snapshots; // in the cache that have this part
    int pins; // leases, and acquisitions under way, that hold it
    boolean gone; // removed from the index, though somebody may still hold it

    CachedPart(Part part, Path file, long allocatedBytes, @Nullable FileStamp verified) {
        this.part = part;
        this.file = file;
        this.allocatedBytes = allocatedBytes;
        this.verified = verified;
    }
}
