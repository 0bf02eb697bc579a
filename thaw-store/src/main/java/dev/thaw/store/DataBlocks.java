package dev.thaw.store;

import dev.thaw.store.chunk.Blocks;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * Which blocks of a file may hold something; the others are holes, which need not be read to know that they are zero. Java's own
 * channels do not tell; this is lseek(2) with SEEK_DATA and SEEK_HOLE, which have the same numbers on every Linux.
 */
final class DataBlocks {
    private static final int OPEN_READ_ONLY_AND_CLOSE_ON_EXEC = 0x80000;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int ENXIO = 6;
    private static final int EINVAL = 22;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2),
            Linker.Option.captureCallState("errno"));
    private static final MethodHandle SEEK = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("lseek"),
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
            Linker.Option.captureCallState("errno"));
    private static final MethodHandle CLOSE = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("close"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private DataBlocks() {}

    /** All blocks, where the file system does not tell. */
    static BitSet of(Path file, long sizeBytes) throws IOException {
        BitSet blocks = new BitSet(Math.toIntExact(Blocks.count(sizeBytes)));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int descriptor = (int)
                    OPEN.invokeExact(state, arena.allocateFrom(file.toString()), OPEN_READ_ONLY_AND_CLOSE_ON_EXEC);
            if (descriptor < 0) {
                throw failed("open", file, state);
            }
            try {
                mark(blocks, descriptor, file, sizeBytes, state);
            } finally {
                int _ = (int) CLOSE.invokeExact(descriptor);
            }
            return blocks;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("The holes of a file cannot be asked for.", e);
        }
    }

    private static void mark(BitSet blocks, int descriptor, Path file, long sizeBytes, MemorySegment state)
            throws Throwable {
        long end = 0;
        while (end < sizeBytes) {
            long begin = (long) SEEK.invokeExact(state, descriptor, end, SEEK_DATA);
            if (begin < 0) {
                switch ((int) ERRNO.get(state, 0L)) {
                    case ENXIO -> {
                        return; // nothing but a hole up to the end
                    }
                    case EINVAL -> {
                        blocks.set(0, (int) Blocks.count(sizeBytes));
                        return;
                    }
                    default -> throw failed("lseek", file, state);
                }
            }
            end = (long) SEEK.invokeExact(state, descriptor, begin, SEEK_HOLE);
            if (end <= begin) {
                throw failed("lseek", file, state);
            }
            if (begin < sizeBytes) {
                blocks.set((int) (begin / Blocks.BYTES), (int) Blocks.count(Math.min(end, sizeBytes)));
            }
        }
    }

    private static IOException failed(String call, Path file, MemorySegment state) {
        return new IOException(call + " of " + file + " failed with errno " + (int) ERRNO.get(state, 0L));
    }
}
