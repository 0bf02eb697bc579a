package dev.thaw.store.chunk;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a {@link BlockMap} from the places of blocks, given in rising frames. */
public final class BlockMapBuilder {
    private final long sizeBytes;
    private final Map<FrameKey, Integer> firstSlots = new HashMap<>();
    private final List<FrameRef> frames = new ArrayList<>();
    private final IntList runBlocks = new IntList();
    private final IntList runLengths = new IntList();
    private final IntList runSlots = new IntList();
    private int slots;
    private @Nullable FrameRef lastFrame;
    private int lastFirstSlot;

    public BlockMapBuilder(long sizeBytes) {
        if (sizeBytes < 0 || Blocks.count(sizeBytes) > Blocks.MAX_IN_IMAGE) {
            throw new IllegalArgumentException("An image cannot have " + sizeBytes + " bytes.");
        }
        this.sizeBytes = sizeBytes;
    }

    /** @param inFrame the block's place in its frame */
    public void add(int block, FrameRef frame, int inFrame) {
        int slot = firstSlot(frame) + inFrame;
        int last = runBlocks.size() - 1;
        boolean continues = last >= 0
                && runBlocks.get(last) + runLengths.get(last) == block
                && runSlots.get(last) + runLengths.get(last) == slot;
        if (continues) {
            runLengths.set(last, runLengths.get(last) + 1);
        } else {
            runBlocks.add(block);
            runLengths.add(1);
            runSlots.add(slot);
        }
    }

    private int firstSlot(FrameRef frame) {
        // Most blocks are in the frame of the block before.
        if (!frame.equals(lastFrame)) {
            lastFrame = frame;
            lastFirstSlot = firstSlots.computeIfAbsent(frame.key(), _ -> {
                frames.add(frame);
                int first = slots;
                slots += frame.blocks();
                return first;
            });
        }
        return lastFirstSlot;
    }

    public BlockMap build() {
        return new BlockMap(sizeBytes, frames, runBlocks.toArray(), runLengths.toArray(), runSlots.toArray());
    }
}
