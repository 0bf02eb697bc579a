package dev.thaw.store.chunk;

import static java.util.Objects.requireNonNull;

/** The name of a frame: unique in the world, since packs are. Its sealed bytes never change. */
public record FrameKey(PackId pack, int number) {
    public FrameKey {
        requireNonNull(pack, "pack is null");
    }
}
