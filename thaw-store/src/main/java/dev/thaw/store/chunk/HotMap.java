package dev.thaw.store.chunk;

import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a thaw touches first, in that order: which blocks of which parts the frames of a hot companion hold. It stands,
 * sealed, at the beginning of the companion's object, so that frames can be used as they arrive behind it.
 *
 * <pre>
 * version  1
 * pack     epoch in 4 bytes, name in 16
 * frames   count; each: sealed length, blocks, bytes that the last block lacks; identity in 16 bytes;
 *          runs: count; each: part (0 memory, 1 state, 2 root file system), first block, length
 * </pre>
 *
 * Numbers without a size are LEB128. A frame's offset is the sum of the lengths before it, from the map's end on.
 */
public record HotMap(PackId pack, List<HotFrame> frames) {
    /** A hot companion is a fraction of a guest's memory; one that is larger helps nobody. */
    public static final int MAX_BYTES = 512 << 20;

    private static final int VERSION = 1;
    private static final int PARTS = 3;

    /** Blocks in a row of one part. */
    public record Run(int part, int block, int count) {}

    /** A frame and what its blocks are, in their order. */
    public record HotFrame(FrameRef frame, List<Run> runs) {
        public HotFrame {
            runs = List.copyOf(runs);
            if (runs.stream().mapToInt(Run::count).sum() != frame.blocks()) {
                throw new IllegalArgumentException("A hot frame's runs are not its blocks.");
            }
        }
    }

    public HotMap {
        frames = List.copyOf(frames);
    }

    /** How many blocks of a part it has. */
    public int blocks(int part) {
        return frames.stream()
                .flatMap(frame -> frame.runs().stream())
                .filter(run -> run.part() == part)
                .mapToInt(Run::count)
                .sum();
    }

    byte[] encode() {
        ByteWriter out = new ByteWriter().number(VERSION);
        out.fixed(pack.epoch(), Integer.BYTES).fixed(pack.high(), Long.BYTES).fixed(pack.low(), Long.BYTES);
        out.number(frames.size());
        for (HotFrame hot : frames) {
            FrameRef frame = hot.frame();
            out.number(frame.length()).number(frame.blocks());
            out.number(frame.blocks() * Blocks.BYTES - frame.plainBytes()).id(frame.identity());
            out.number(hot.runs().size());
            for (Run run : hot.runs()) {
                out.number(run.part()).number(run.block()).number(run.count());
            }
        }
        return out.toBytes();
    }

    /**
     * @param from where the first frame is in the object
     * @param objectBytes beyond which no frame reaches
     */
    static HotMap decode(String domain, byte[] bytes, long from, long objectBytes) throws StoreException {
        ByteParser in = new ByteParser("hot map", bytes);
        long version = in.number(Long.MAX_VALUE, "version");
        if (version != VERSION) {
            throw new StoreException(
                    StoreException.Code.UNSUPPORTED,
                    "A hot map is of version " + version + "; this Thaw reads version " + VERSION + ".");
        }
        PackId pack = new PackId((int) in.fixed(Integer.BYTES), in.fixed(Long.BYTES), in.fixed(Long.BYTES));
        int count = in.count(in.left() / BlockId.BYTES, "frames");
        List<HotFrame> frames = new ArrayList<>(count);
        long offset = from;
        for (int number = 0; number < count; number++) {
            int length = in.count(FrameCipher.MAX_SEALED_BYTES, "a frame's length");
            int blocks = in.count(Blocks.MAX_PER_FRAME, "a frame's blocks");
            int lacking = in.count(Blocks.BYTES, "what a block lacks");
            FrameRef frame = PackIndex.frame(
                    in, domain, pack, number, offset, length, blocks, blocks * Blocks.BYTES - lacking, in.id());
            frames.add(new HotFrame(frame, runs(in, blocks)));
            offset += length;
        }
        in.end();
        if (offset > objectBytes) {
            throw in.corrupt("has frames beyond the end of its object");
        }
        return new HotMap(pack, frames);
    }

    private static List<Run> runs(ByteParser in, int blocks) throws StoreException {
        int count = in.count(blocks, "runs");
        List<Run> runs = new ArrayList<>(count);
        int left = blocks;
        for (int i = 0; i < count; i++) {
            int part = in.count(PARTS - 1L, "a part");
            int block = in.count(Blocks.MAX_IN_IMAGE - Blocks.MAX_PER_FRAME, "a block");
            int length = in.count(left, "a run's length");
            if (length == 0) {
                throw in.corrupt("has an empty run");
            }
            runs.add(new Run(part, block, length));
            left -= length;
        }
        if (left != 0) {
            throw in.corrupt("has a frame whose runs are not its blocks");
        }
        return runs;
    }
}
