package dev.thaw.store.chunk;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A block map the other way round: which blocks of the image each frame has. */
public final class FramePieces {
    /** Blocks in a row of a frame, and where they are in the image. */
    public record Piece(int inFrame, long block, int count) {}

    private final Map<FrameKey, List<Piece>> pieces = new HashMap<>();

    public FramePieces(BlockMap map) {
        map.forEachPiece((frame, inFrame, block, count) -> pieces.computeIfAbsent(
                        map.frames().get(frame).key(), _ -> new ArrayList<>(2))
                .add(new Piece(inFrame, block, count)));
    }

    /** Empty when the image has nothing of the frame. */
    public List<Piece> of(FrameKey frame) {
        return pieces.getOrDefault(frame, List.of());
    }
}
