package dev.thaw.lazy;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FramePieces;
import dev.thaw.store.chunk.FrameRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the blocks of an image are, both ways. */
record Places(BlockMap map, FramePieces pieces, List<FrameRef> byPlace) {
    static Places of(BlockMap map) {
        List<FrameRef> byPlace = new ArrayList<>(map.frames());
        byPlace.sort(FrameOrder.BY_PLACE);
        return new Places(map, new FramePieces(map), byPlace);
    }

    /** Where the block is; null when it is of zeros. */
    @Nullable
    FrameRef frame(int block) {
        long place = map.locate(block);
        return place == BlockMap.ZERO ? null : map.frames().get((int) (place >>> Integer.SIZE));
    }

    /** @return false when the block is of zeros */
    boolean addFrame(int block, Set<FrameRef> frames) {
        FrameRef frame = frame(block);
        if (frame != null) {
            frames.add(frame);
        }
        return frame != null;
    }

    void addFrames(Readahead.Window window, int blocks, Set<FrameRef> frames) {
        for (int block = window.from(); block < Math.min(blocks, window.end()); block++) {
            addFrame(block, frames);
        }
    }

    /** The first block from there on that none of these frames has. */
    int end(int from, Set<FrameRef> frames) {
        int block = from;
        while (block < Blocks.count(map.sizeBytes())) {
            FrameRef frame = frame(block);
            if (frame != null && !frames.contains(frame)) {
                break;
            }
            block++;
        }
        return block;
    }
}
