package dev.thaw.store;

import dev.thaw.store.chunk.FrameKey;
import java.util.Collection;
import java.util.Optional;

/** Keeps nothing: every frame comes from the origin. */
enum NoFrameCache implements FrameCache {
    INSTANCE;

    @Override
    public Optional<byte[]> get(FrameKey frame) {
        return Optional.empty();
    }

    @Override
    public boolean has(FrameKey frame) {
        return false;
    }

    @Override
    public void put(FrameKey frame, byte[] sealed) {
        // Left away.
    }

    @Override
    public void discard(FrameKey frame) {
        // There is none.
    }

    @Override
    public Pin pin(Collection<FrameKey> frames) {
        return () -> {};
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
