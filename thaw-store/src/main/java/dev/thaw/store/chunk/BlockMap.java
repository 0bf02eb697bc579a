package dev.thaw.store.chunk;

import java.util.Arrays;
import java.util.List;

/**
 * Where each block of an image is. Blocks that no run covers are zero.
 *
 * <p>The frames that an image uses have their blocks numbered through, in the map's order of frames: these numbers are
 * called slots. A run says that some blocks in a row are in as many slots in a row, which may reach over several
 * frames.
 */
public final class BlockMap {
    private final long sizeBytes;
    private final List<FrameRef> frames;
    private final int[] firstSlots; // of each frame, and one more: the number of slots
    private final int[] runBlocks; // the first block of each run, rising
    private final int[] runLengths;
    private final int[] runSlots;

    /** Arrays as the fields have them; checked by {@link BlockMapCodec} or right by construction. */
    BlockMap(long sizeBytes, List<FrameRef> frames, int[] runBlocks, int[] runLengths, int[] runSlots) {
        this.sizeBytes = sizeBytes;
        this.frames = List.copyOf(frames);
        this.firstSlots = new int[frames.size() + 1];
        for (int i = 0; i < frames.size(); i++) {
            firstSlots[i + 1] = firstSlots[i] + frames.get(i).blocks();
        }
        this.runBlocks = runBlocks;
        this.runLengths = runLengths;
        this.runSlots = runSlots;
    }

    /** Of the image. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** All that the image needs, each once. */
    public List<FrameRef> frames() {
        return frames;
    }

    int runs() {
        return runBlocks.length;
    }

    int runBlock(int run) {
        return runBlocks[run];
    }

    int runLength(int run) {
        return runLengths[run];
    }

    int runSlot(int run) {
        return runSlots[run];
    }

    /** How many blocks are not zero. */
    public long blocks() {
        return Arrays.stream(runLengths).asLongStream().sum();
    }

    /** Blocks in a row that are in one frame, in a row there too. */
    public interface Pieces {
        /**
         * @param frame the index in {@link #frames}
         * @param inFrame the first block's place in the frame
         * @param block the first block's place in the image
         */
        void accept(int frame, int inFrame, long block, int count);
    }

    /** Gives all blocks that are not zero, in rising order. */
    public void forEachPiece(Pieces pieces) {
        for (int run = 0; run < runBlocks.length; run++) {
            int done = 0;
            while (done < runLengths[run]) {
                int slot = runSlots[run] + done;
                int frame = frameOf(slot);
                int count = Math.min(runLengths[run] - done, firstSlots[frame + 1] - slot);
                pieces.accept(frame, slot - firstSlots[frame], (long) runBlocks[run] + done, count);
                done += count;
            }
        }
    }

    /** What {@link #locate} gives for a block of zeros. */
    public static final long ZERO = -1;

    /** A block's frame in the upper, its place in the frame in the lower 32 bits; or {@link #ZERO}. */
    public long locate(long block) {
        int found = Arrays.binarySearch(runBlocks, (int) block);
        int run = found >= 0 ? found : -found - 2;
        if (run < 0 || block >= (long) runBlocks[run] + runLengths[run]) {
            return ZERO;
        }
        int slot = runSlots[run] + (int) (block - runBlocks[run]);
        int frame = frameOf(slot);
        return (long) frame << 32 | slot - firstSlots[frame];
    }

    private int frameOf(int slot) {
        int found = Arrays.binarySearch(firstSlots, slot);
        return found >= 0 ? found : -found - 2;
    }
}
