package dev.thaw.store;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes an image's blocks where they belong, in whatever order their frames come. */
final class FrameScatter implements FrameSink {
    /** Blocks in a row of a frame, and where they go. */
    private record Piece(int inFrame, long block, int count) {}

    private final long sizeBytes;
    private final FileChannel target;
    private final Map<FrameKey, List<Piece>> pieces = new HashMap<>();

    FrameScatter(BlockMap map, FileChannel target) {
        this.sizeBytes = map.sizeBytes();
        this.target = target;
        map.forEachPiece((frame, inFrame, block, count) -> pieces.computeIfAbsent(
                        map.frames().get(frame).key(), _ -> new ArrayList<>())
                .add(new Piece(inFrame, block, count)));
    }

    @Override
    public void accept(FrameRef frame, byte[] plain) throws IOException {
        for (Piece piece : pieces.getOrDefault(frame.key(), List.of())) {
            long at = piece.block() * Blocks.BYTES;
            int length = (int) Math.min((long) piece.count() * Blocks.BYTES, sizeBytes - at);
            ByteBuffer bytes = ByteBuffer.wrap(plain, piece.inFrame() * Blocks.BYTES, length);
            while (bytes.hasRemaining()) {
                at += target.write(bytes, at);
            }
        }
    }
}
