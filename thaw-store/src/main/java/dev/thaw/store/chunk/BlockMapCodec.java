package dev.thaw.store.chunk;

import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A block map as bytes, which {@link SealedDocument} seals.
 *
 * <pre>
 * version   1
 * size      of the image in bytes
 * packs     count; each: folder of the domain in 16 bytes, epoch in 4, name in 16
 * frames    count; each: pack's number, frame's number in it, offset, sealed length, blocks,
 *           bytes that the last block lacks; then the identity in 16 bytes
 * runs      count; each: blocks of zeros before it, length, distance of its first slot
 *           from where the run before ended (signed)
 * </pre>
 *
 * Numbers without a size are LEB128.
 */
public final class BlockMapCodec {
    private static final int VERSION = 1;
    private static final int DOMAIN_BYTES = 16;

    /** A map of the largest image that consists of single blocks from frames of one block would take more; none does. */
    public static final int MAX_BYTES = 256 << 20;

    private BlockMapCodec() {}

    private record PackName(String domain, PackId pack) {}

    public static byte[] encode(BlockMap map) {
        Map<PackName, Integer> packs = new LinkedHashMap<>();
        for (FrameRef frame : map.frames()) {
            packs.putIfAbsent(new PackName(frame.domain(), frame.pack()), packs.size());
        }
        ByteWriter out = new ByteWriter().number(VERSION).number(map.sizeBytes());
        out.number(packs.size());
        for (PackName name : packs.keySet()) {
            byte[] domain = HexFormat.of().parseHex(name.domain());
            out.raw(domain, 0, DOMAIN_BYTES);
            PackId pack = name.pack();
            out.fixed(pack.epoch(), Integer.BYTES)
                    .fixed(pack.high(), Long.BYTES)
                    .fixed(pack.low(), Long.BYTES);
        }
        out.number(map.frames().size());
        for (FrameRef frame : map.frames()) {
            Integer pack = packs.get(new PackName(frame.domain(), frame.pack()));
            out.number(pack == null ? 0 : pack)
                    .number(frame.number())
                    .number(frame.offset())
                    .number(frame.length());
            out.number(frame.blocks()).number(frame.blocks() * Blocks.BYTES - frame.plainBytes());
            out.id(frame.identity());
        }
        out.number(map.runs());
        long block = 0;
        long slot = 0;
        for (int run = 0; run < map.runs(); run++) {
            out.number(map.runBlock(run) - block).number(map.runLength(run)).signed(map.runSlot(run) - slot);
            block = (long) map.runBlock(run) + map.runLength(run);
            slot = (long) map.runSlot(run) + map.runLength(run);
        }
        return out.toBytes();
    }

    /** @throws StoreException CORRUPT; UNSUPPORTED when a later version wrote it */
    public static BlockMap decode(String name, byte[] bytes) throws StoreException {
        ByteParser in = new ByteParser("block map " + name, bytes);
        long version = in.number(Long.MAX_VALUE, "version");
        if (version != VERSION) {
            throw new StoreException(
                    StoreException.Code.UNSUPPORTED,
                    "The block map " + name + " is of version " + version + "; this Thaw reads version " + VERSION
                            + ".");
        }
        long sizeBytes = in.number(Blocks.MAX_IN_IMAGE * Blocks.BYTES, "an image's size");
        List<PackName> packs = packs(in);
        List<FrameRef> frames = frames(in, packs);
        return runs(in, sizeBytes, frames);
    }

    private static List<PackName> packs(ByteParser in) throws StoreException {
        int count = in.count(in.left() / (DOMAIN_BYTES + BlockId.BYTES), "packs");
        List<PackName> packs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String domain = HexFormat.of().formatHex(in.raw(DOMAIN_BYTES));
            packs.add(new PackName(
                    domain, new PackId((int) in.fixed(Integer.BYTES), in.fixed(Long.BYTES), in.fixed(Long.BYTES))));
        }
        return packs;
    }

    private static List<FrameRef> frames(ByteParser in, List<PackName> packs) throws StoreException {
        int count = in.count(in.left() / BlockId.BYTES, "frames");
        List<FrameRef> frames = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            PackName name = packs.isEmpty() ? null : packs.get(in.count(packs.size() - 1L, "a pack's number"));
            if (name == null) {
                throw in.corrupt("has frames without packs");
            }
            int number = in.count(Integer.MAX_VALUE, "a frame's number");
            long offset = in.number(PackLayout.MAX_PACK_BYTES, "a frame's offset");
            int length = in.count(FrameCipher.MAX_SEALED_BYTES, "a frame's length");
            int blocks = in.count(Blocks.MAX_PER_FRAME, "a frame's blocks");
            int lacking = in.count(Blocks.BYTES, "what a block lacks");
            frames.add(PackIndex.frame(
                    in,
                    name.domain(),
                    name.pack(),
                    number,
                    offset,
                    length,
                    blocks,
                    blocks * Blocks.BYTES - lacking,
                    in.id()));
        }
        return frames;
    }

    private static BlockMap runs(ByteParser in, long sizeBytes, List<FrameRef> frames) throws StoreException {
        long blocks = Blocks.count(sizeBytes);
        long slots = frames.stream().mapToLong(FrameRef::blocks).sum();
        if (slots > Integer.MAX_VALUE) {
            throw in.corrupt("has more slots than an image has blocks");
        }
        int count = in.count(in.left() / 3, "runs");
        int[] runBlocks = new int[count];
        int[] runLengths = new int[count];
        int[] runSlots = new int[count];
        long block = 0;
        long slot = 0;
        for (int run = 0; run < count; run++) {
            block += in.number(blocks - block, "zeros before a run");
            long length = in.number(blocks - block, "a run's length");
            slot += in.signed();
            if (length == 0 || slot < 0 || slot + length > slots) {
                throw in.corrupt("has a run outside of its frames");
            }
            runBlocks[run] = (int) block;
            runLengths[run] = (int) length;
            runSlots[run] = (int) slot;
            block += length;
            slot += length;
        }
        in.end();
        BlockMap map = new BlockMap(sizeBytes, frames, runBlocks, runLengths, runSlots);
        requireWholeBlocks(in, map);
        return map;
    }

    /** A frame's last block may be short, and then stands for as short a block at the image's end alone. */
    private static void requireWholeBlocks(ByteParser in, BlockMap map) throws StoreException {
        boolean[] wrong = new boolean[1];
        map.forEachPiece((index, inFrame, block, count) -> {
            FrameRef frame = map.frames().get(index);
            long wanted = Math.min((long) count * Blocks.BYTES, map.sizeBytes() - block * Blocks.BYTES);
            wrong[0] |= (long) inFrame * Blocks.BYTES + wanted > frame.plainBytes();
        });
        if (wrong[0]) {
            throw in.corrupt("takes more of a frame than there is");
        }
    }
}
