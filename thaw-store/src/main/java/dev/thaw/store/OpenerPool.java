package dev.thaw.store;

import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameCipher;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Ciphers with their buffers, which belong to one thread at a time and are too large to make for each frame. */
final class OpenerPool {
    private final ConcurrentLinkedQueue<Opener> idle = new ConcurrentLinkedQueue<>();

    /** Goes back when it is closed. */
    final class Opener implements AutoCloseable {
        private final FrameCipher cipher = new FrameCipher();
        private final byte[] plain = new byte[Blocks.MAX_PER_FRAME * Blocks.BYTES];

        FrameCipher cipher() {
            return cipher;
        }

        byte[] plain() {
            return plain;
        }

        @Override
        public void close() {
            idle.add(this);
        }
    }

    Opener take() {
        @Nullable Opener opener = idle.poll();
        return opener == null ? new Opener() : opener;
    }

    /** Gives back what the codecs hold outside of the heap. */
    void close() {
        Opener opener;
        while ((opener = idle.poll()) != null) {
            opener.cipher.close();
        }
    }
}
