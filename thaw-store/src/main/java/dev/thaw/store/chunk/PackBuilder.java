package dev.thaw.store.chunk;

import dev.thaw.store.key.DataKey;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes one pack: blocks gather to a frame, which is compressed and sealed when it is full, and frames to a pack.
 * Belongs to one thread.
 */
public final class PackBuilder {
    /** Of what a pack has, random padding adds up to this part: packs of one content differ in length. */
    private static final int PADDING_SHIFT = 6;

    /** A pack lies in pieces of its own, for none needs to be moved when it grows. */
    private static final int PIECE_BYTES = 1 << 20;

    /** Many packs are small. */
    private static final int FIRST_PIECE_BYTES = 128 << 10;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final DataKey key;
    private final String domain;
    private final PackId pack;
    private final FrameCipher cipher;
    private final Identifier identifier;
    private final List<FrameRef> frames = new ArrayList<>();
    private final List<byte[]> identities = new ArrayList<>();
    private final byte[] plain = new byte[Blocks.FRAME_BYTES];
    private final byte[] ids = new byte[Blocks.PER_FRAME * BlockId.BYTES];
    private final List<ByteBuffer> pieces = new ArrayList<>();
    private ByteBuffer piece = ByteBuffer.allocate(FIRST_PIECE_BYTES);
    private int size;
    private int plainBytes;
    private int blocks;

    /** @param domain the folder of the trust domain that the pack will be in */
    public PackBuilder(DataKey key, String domain, FrameCipher cipher, Identifier identifier) {
        this.key = key;
        this.domain = domain;
        this.pack = PackId.random(key.epoch());
        this.cipher = cipher;
        this.identifier = identifier;
        PackLayout.writeHeader(piece, pack);
        this.size = PackLayout.HEADER_BYTES;
    }

    public PackId pack() {
        return pack;
    }

    /** The number of the frame that the next block goes into. */
    public int nextFrame() {
        return frames.size();
    }

    /** The next block's place in its frame. */
    public int nextBlock() {
        return blocks;
    }

    /** Whether it is large enough; it must not get more blocks then. */
    public boolean isFull() {
        return size >= PackLayout.TARGET_BYTES && blocks == 0;
    }

    public boolean isEmpty() {
        return frames.isEmpty() && blocks == 0;
    }

    /** @param length {@link Blocks#BYTES}, or less: then this is the last block of its frame */
    public void add(BlockId id, byte[] source, int offset, int length) {
        System.arraycopy(source, offset, plain, plainBytes, length);
        id.writeTo(ids, blocks * BlockId.BYTES);
        plainBytes += length;
        blocks++;
        if (blocks == Blocks.PER_FRAME || length < Blocks.BYTES) {
            endFrame();
        }
    }

    /** Seals what has gathered, so that the next block begins a frame. */
    public void endFrame() {
        if (blocks == 0) {
            return;
        }
        if (piece.remaining() < plainBytes + FrameCipher.OVERHEAD_BYTES) {
            nextPiece(PIECE_BYTES);
        }
        BlockId identity = identifier.frame(ids, 0, blocks * BlockId.BYTES);
        int length =
                cipher.seal(key, pack, frames.size(), identity, plain, plainBytes, piece.array(), piece.position());
        piece.position(piece.position() + length);
        frames.add(new FrameRef(domain, pack, frames.size(), size, length, blocks, plainBytes, identity));
        identities.add(Arrays.copyOf(ids, blocks * BlockId.BYTES));
        size += length;
        blocks = 0;
        plainBytes = 0;
    }

    /**
     * A finished pack.
     *
     * @param pieces its bytes, one after another
     */
    public record Pack(PackIndex index, List<ByteBuffer> pieces) {
        public Pack {
            pieces = List.copyOf(pieces);
        }

        public long lengthBytes() {
            return pieces.stream().mapToLong(ByteBuffer::remaining).sum();
        }
    }

    /** Ends the pack; this builder is spent. */
    public Pack finish() {
        endFrame();
        PackIndex index = new PackIndex(domain, pack, frames, identities);
        byte[] padding = new byte[RANDOM.nextInt(Math.max(64, size >> PADDING_SHIFT))];
        RANDOM.nextBytes(padding);
        byte[] sealed = index.seal(key);
        nextPiece(padding.length + sealed.length + PackLayout.FOOTER_BYTES);
        piece.put(padding).put(sealed);
        PackLayout.writeFooter(piece, size + padding.length, sealed.length);
        pieces.add(piece.flip());
        return new Pack(index, pieces);
    }

    private void nextPiece(int bytes) {
        pieces.add(piece.flip());
        piece = ByteBuffer.allocate(bytes);
    }
}
