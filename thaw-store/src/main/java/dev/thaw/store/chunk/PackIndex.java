package dev.thaw.store.chunk;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is in a pack: its frames in their order, each with the identities of its blocks. It stands, sealed, near the
 * pack's end, so that a publisher learns from one short read which blocks are stored already.
 *
 * @param identities of the blocks, for each frame 16 bytes a block
 */
public record PackIndex(String domain, PackId pack, List<FrameRef> frames, List<byte[]> identities) {
    /** More frames than fit into a pack of the largest size. */
    private static final int MAX_FRAMES = PackLayout.MAX_PACK_BYTES / FrameCipher.OVERHEAD_BYTES;

    public PackIndex {
        requireNonNull(domain, "domain is null");
        requireNonNull(pack, "pack is null");
        frames = List.copyOf(frames);
        identities = List.copyOf(identities);
    }

    /** The identity of a frame's block. */
    public BlockId identity(int frame, int block) {
        return BlockId.of(identities.get(frame), block * BlockId.BYTES);
    }

    byte[] encode() {
        ByteWriter out = new ByteWriter();
        out.number(frames.size());
        for (int i = 0; i < frames.size(); i++) {
            FrameRef frame = frames.get(i);
            out.number(frame.length()).number(frame.blocks()).number(frame.plainBytes());
            out.id(frame.identity());
            out.raw(identities.get(i), 0, identities.get(i).length);
        }
        return out.toBytes();
    }

    static PackIndex decode(String domain, PackId pack, byte[] bytes) throws StoreException {
        ByteParser in = new ByteParser("index of pack " + pack, bytes);
        int count = in.count(MAX_FRAMES, "frames");
        List<FrameRef> frames = new ArrayList<>();
        List<byte[]> identities = new ArrayList<>();
        long offset = PackLayout.HEADER_BYTES;
        for (int number = 0; number < count; number++) {
            int length = in.count(FrameCipher.MAX_SEALED_BYTES, "a frame's length");
            int blocks = in.count(Blocks.MAX_PER_FRAME, "a frame's blocks");
            int plain = in.count((long) Blocks.MAX_PER_FRAME * Blocks.BYTES, "a frame's size");
            BlockId identity = in.id();
            frames.add(frame(in, domain, pack, number, offset, length, blocks, plain, identity));
            identities.add(in.raw(blocks * BlockId.BYTES));
            offset += length;
        }
        in.end();
        return new PackIndex(domain, pack, frames, identities);
    }

    static FrameRef frame(
            ByteParser in,
            String domain,
            PackId pack,
            int number,
            long offset,
            int length,
            int blocks,
            int plain,
            BlockId identity)
            throws StoreException {
        try {
            return new FrameRef(domain, pack, number, offset, length, blocks, plain, identity);
        } catch (IllegalArgumentException e) {
            throw in.corrupt("has a frame that cannot be: " + e.getMessage());
        }
    }

    byte[] seal(DataKey key) {
        return SealedDocument.seal(key, name(domain, pack), encode());
    }

    static PackIndex open(DataKey key, String domain, PackId pack, byte[] sealed) throws StoreException {
        return decode(domain, pack, SealedDocument.open(key, name(domain, pack), sealed));
    }

    private static String name(String domain, PackId pack) {
        return "index of pack " + domain + "/" + pack;
    }
}
