package dev.thaw.lazy;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.thaw.lazy.FuseRequest.Malformed;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Requests from the bytes that a read of /dev/fuse gave. Every length is checked before it is believed. */
final class FuseDecoder {
    private FuseDecoder() {}

    /** @return empty when there is not even a header that says what to answer */
    static Optional<FuseRequest> decode(MemorySegment message) {
        if (message.byteSize() < FuseProtocol.IN_HEADER_BYTES) {
            return Optional.empty();
        }
        long unique = message.get(JAVA_LONG_UNALIGNED, 8);
        int length = message.get(JAVA_INT_UNALIGNED, 0);
        if (length != message.byteSize()) {
            return Optional.of(new Malformed(unique, "says to be " + length + " bytes and has " + message.byteSize()));
        }
        int opcode = message.get(JAVA_INT_UNALIGNED, 4);
        long node = message.get(JAVA_LONG_UNALIGNED, 16);
        MemorySegment body = message.asSlice(FuseProtocol.IN_HEADER_BYTES);
        int least = leastBody(opcode);
        if (body.byteSize() < least) {
            return Optional.of(
                    new Malformed(unique, "request " + opcode + " has " + body.byteSize() + " bytes of " + least));
        }
        return Optional.of(
                switch (opcode) {
                    case FuseProtocol.READ -> read(unique, node, message.get(JAVA_INT_UNALIGNED, 32), body);
                    case FuseProtocol.LOOKUP -> lookup(unique, node, body);
                    case FuseProtocol.GETATTR -> new FuseRequest.GetAttr(unique, node);
                    case FuseProtocol.OPEN -> new FuseRequest.Open(unique, node, body.get(JAVA_INT_UNALIGNED, 0));
                    case FuseProtocol.RELEASE -> new FuseRequest.Release(unique, node);
                    case FuseProtocol.FORGET -> new FuseRequest.Forget(List.of(node));
                    case FuseProtocol.BATCH_FORGET -> batchForget(unique, body);
                    case FuseProtocol.INIT -> init(unique, body);
                    case FuseProtocol.STATFS -> new FuseRequest.StatFs(unique);
                    case FuseProtocol.DESTROY -> new FuseRequest.Destroy(unique);
                    case FuseProtocol.INTERRUPT -> new FuseRequest.Interrupt(body.get(JAVA_LONG_UNALIGNED, 0));
                    default -> new FuseRequest.Other(unique, opcode);
                });
    }

    private static int leastBody(int opcode) {
        return switch (opcode) {
            case FuseProtocol.READ -> FuseProtocol.READ_IN_BYTES;
            case FuseProtocol.LOOKUP -> 2;
            case FuseProtocol.GETATTR, FuseProtocol.INIT -> 16;
            case FuseProtocol.OPEN, FuseProtocol.FORGET, FuseProtocol.BATCH_FORGET, FuseProtocol.INTERRUPT -> 8;
            case FuseProtocol.RELEASE -> 24;
            default -> 0;
        };
    }

    private static FuseRequest read(long unique, long node, int thread, MemorySegment body) {
        long offset = body.get(JAVA_LONG_UNALIGNED, 8);
        int size = body.get(JAVA_INT_UNALIGNED, 16);
        if (offset < 0 || size <= 0 || size > FuseProtocol.LONGEST_READ || offset > Long.MAX_VALUE - size) {
            return new Malformed(
                    unique,
                    "a read of " + Integer.toUnsignedString(size) + " bytes at " + Long.toUnsignedString(offset));
        }
        return new FuseRequest.Read(unique, node, offset, size, thread);
    }

    private static FuseRequest lookup(long unique, long parent, MemorySegment body) {
        long longest = Math.min(body.byteSize(), FuseProtocol.LONGEST_NAME + 1L);
        for (long end = 0; end < longest; end++) {
            if (body.get(JAVA_BYTE, end) == 0) {
                byte[] name = body.asSlice(0, end).toArray(JAVA_BYTE);
                return new FuseRequest.Lookup(unique, parent, new String(name, StandardCharsets.UTF_8));
            }
        }
        return new Malformed(unique, "a name without an end");
    }

    private static FuseRequest batchForget(long unique, MemorySegment body) {
        int count = body.get(JAVA_INT_UNALIGNED, 0);
        if (count < 0 || count > (body.byteSize() - 8) / FuseProtocol.FORGET_ONE_BYTES) {
            return new Malformed(
                    unique, "forgets " + Integer.toUnsignedString(count) + " nodes and does not name them");
        }
        List<Long> nodes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            nodes.add(body.get(JAVA_LONG_UNALIGNED, 8 + (long) i * FuseProtocol.FORGET_ONE_BYTES));
        }
        return new FuseRequest.Forget(nodes);
    }

    private static FuseRequest init(long unique, MemorySegment body) {
        return new FuseRequest.Init(
                unique,
                body.get(JAVA_INT_UNALIGNED, 0),
                body.get(JAVA_INT_UNALIGNED, 4),
                body.get(JAVA_INT_UNALIGNED, 8),
                body.get(JAVA_INT_UNALIGNED, 12),
                body.byteSize() >= 20 ? body.get(JAVA_INT_UNALIGNED, 16) : 0);
    }
}
