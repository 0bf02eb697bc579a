package dev.thaw.lazy;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/**
 * The memory that one message to the kernel is put together in: a head, and vectors that point to the rest where it lies. One thread's at a time.
 */
final class ReplyFrame {
    private static final int HEAD_BYTES = 512;
    private static final int VECTOR_BYTES = 16;

    /** Pieces of 4 KiB for the longest read, whose ends need not be aligned; writev(2) takes 1024. */
    private static final int MOST_VECTORS = 260;

    private static final List<MemorySegment> NOTHING = List.of();

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment state = Linux.callState(arena);
    private final MemorySegment head = arena.allocate(HEAD_BYTES, Long.BYTES);
    private final MemorySegment body = head.asSlice(FuseProtocol.OUT_HEADER_BYTES);
    private final MemorySegment vectors = arena.allocate((long) MOST_VECTORS * VECTOR_BYTES, Long.BYTES);

    /** For what lies in the Java heap, to which the kernel cannot be pointed. */
    private MemorySegment copies = MemorySegment.NULL;

    /** Where what follows the header is written before it is sent. */
    MemorySegment body() {
        return body;
    }

    long send(int device, long unique, int error) {
        return send(device, unique, error, 0, NOTHING);
    }

    /**
     * @param error zero, a negative errno, or with {@code unique} zero a notification's code
     * @param bodyBytes how much of {@link #body} is sent
     * @return zero, or a negative errno
     */
    long send(int device, long unique, int error, int bodyBytes, List<MemorySegment> pieces) {
        List<MemorySegment> parts = reachable(pieces);
        long length = FuseProtocol.OUT_HEADER_BYTES + bodyBytes;
        vector(0, head.address(), length);
        for (int i = 0; i < parts.size(); i++) {
            MemorySegment part = parts.get(i);
            vector(i + 1, part.address(), part.byteSize());
            length += part.byteSize();
        }
        head.set(JAVA_INT, 0, Math.toIntExact(length));
        head.set(JAVA_INT, 4, error);
        head.set(JAVA_LONG, 8, unique);
        long written = Linux.writev(state, device, vectors, parts.size() + 1);
        Reference.reachabilityFence(parts);
        return Math.min(written, 0);
    }

    private void vector(int index, long address, long length) {
        vectors.set(JAVA_LONG, (long) index * VECTOR_BYTES, address);
        vectors.set(JAVA_LONG, (long) index * VECTOR_BYTES + 8, length);
    }

    private List<MemorySegment> reachable(List<MemorySegment> pieces) {
        boolean fits = pieces.size() < MOST_VECTORS;
        for (int i = 0; fits && i < pieces.size(); i++) {
            fits = pieces.get(i).isNative();
        }
        return fits ? pieces : List.of(copied(pieces));
    }

    private MemorySegment copied(List<MemorySegment> pieces) {
        long length = 0;
        for (MemorySegment piece : pieces) {
            length += piece.byteSize();
        }
        if (copies.byteSize() < length) {
            copies = arena.allocate(length, FuseProtocol.OUT_HEADER_BYTES);
        }
        long at = 0;
        for (MemorySegment piece : pieces) {
            MemorySegment.copy(piece, 0, copies, at, piece.byteSize());
            at += piece.byteSize();
        }
        return copies.asSlice(0, length);
    }
}
