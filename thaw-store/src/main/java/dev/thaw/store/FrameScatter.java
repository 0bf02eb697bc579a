package dev.thaw.store;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FramePieces;
import dev.thaw.store.chunk.FrameRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes an image's blocks where they belong, in whatever order their frames come. */
final class FrameScatter implements FrameSink {
    private final long sizeBytes;
    private final FileChannel target;
    private final FramePieces pieces;

    FrameScatter(BlockMap map, FileChannel target) {
        this.sizeBytes = map.sizeBytes();
        this.target = target;
        this.pieces = new FramePieces(map);
    }

    @Override
    public void accept(FrameRef frame, byte[] plain) throws IOException {
        for (FramePieces.Piece piece : pieces.of(frame.key())) {
            long at = piece.block() * Blocks.BYTES;
            int length = (int) Math.min((long) piece.count() * Blocks.BYTES, sizeBytes - at);
            ByteBuffer bytes = ByteBuffer.wrap(plain, piece.inFrame() * Blocks.BYTES, length);
            while (bytes.hasRemaining()) {
                at += target.write(bytes, at);
            }
        }
    }
}
