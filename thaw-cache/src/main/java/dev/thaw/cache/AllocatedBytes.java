package dev.thaw.cache;

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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What a file really takes on its disk, holes left out. Java's own file attributes do not tell; this is statx(2), whose
 * structure is the same on every Linux.
 */
public final class AllocatedBytes {
    private static final int AT_FDCWD = -100;
    private static final int STATX_BLOCKS = 0x400;
    private static final int STATX_BYTES = 256;
    private static final long STX_BLOCKS_OFFSET = 48;

    /** The unit of stx_blocks, whatever the file system's own is. */
    private static final int BLOCK = 512;

    private static final int ENOENT = 2;
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle STATX = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("statx"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS),
                    Linker.Option.captureCallState("errno"));

    private AllocatedBytes() {}

    /** @throws NoSuchFileException when it is not there */
    public static long of(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            MemorySegment statx = arena.allocate(STATX_BYTES, Long.BYTES);
            MemorySegment path = arena.allocateFrom(file.toString());
            if ((int) STATX.invokeExact(state, AT_FDCWD, path, 0, STATX_BLOCKS, statx) != 0) {
                int errno = (int) ERRNO.get(state, 0L);
                throw errno == ENOENT
                        ? new NoSuchFileException(file.toString())
                        : new IOException("statx of " + file + " failed with errno " + errno);
            }
            return statx.get(ValueLayout.JAVA_LONG, STX_BLOCKS_OFFSET) * BLOCK;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("statx cannot be called", e);
        }
    }
}
