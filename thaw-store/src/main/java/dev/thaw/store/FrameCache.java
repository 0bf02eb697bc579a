package dev.thaw.store;

import dev.thaw.store.chunk.FrameKey;
import java.util.Collection;
import java.util.Optional;

/**
 * Sealed frames near by, in front of the origin. What it gives is opened, and thereby verified, each time that it is
 * read; so it may lose frames and need not look at them. Safe for concurrent use; nothing here waits for a disk's
 * write.
 */
public interface FrameCache extends AutoCloseable {
    /** A hold that keeps frames from eviction. */
    interface Pin extends AutoCloseable {
        /** Lets go; a second call does nothing. */
        @Override
        void close();
    }

    /** The sealed bytes of a frame, if they are here; uses of a frame keep it from eviction. */
    Optional<byte[]> get(FrameKey frame);

    /** Which of these are here; not a use of them. */
    boolean has(FrameKey frame);

    /**
     * Takes a verified frame's sealed bytes, to be written behind the caller's back, if there is room for them. The
     * array belongs to the cache afterwards.
     */
    void put(FrameKey frame, byte[] sealed);

    /** Removes a frame whose bytes did not open. */
    void discard(FrameKey frame);

    /** Keeps these frames, those that are here and those that come, from eviction. */
    Pin pin(Collection<FrameKey> frames);

    @Override
    void close();

    /** One that keeps nothing. */
    static FrameCache none() {
        return NoFrameCache.INSTANCE;
    }
}
