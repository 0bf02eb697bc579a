package dev.thaw.cache.frame;

import dev.thaw.store.chunk.FrameCipher;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/** Memory outside the heap for reads, used again; what exceeds the few that are kept is left to the collector. */
final class ReadBuffers {
    private static final int KEPT = 64;
    private static final long BYTES = FrameCipher.MAX_SEALED_BYTES;

    private final BlockingQueue<MemorySegment> kept = new ArrayBlockingQueue<>(KEPT);

    MemorySegment take() {
        @Nullable MemorySegment buffer = kept.poll();
        return buffer == null ? Arena.ofAuto().allocate(BYTES, Long.BYTES) : buffer;
    }

    void giveBack(MemorySegment buffer) {
        kept.offer(buffer);
    }
}
