package dev.thaw.cache.frame;

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

/**
 * A file by its system calls. Java's channels close for everybody when one thread that reads is interrupted, as happens to
 * a thaw that is given up, and know no holes.
 *
 * <p>Calls may come from any thread, but none at the same time as, or after, {@link #close}.
 */
final class NativeFile implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_CLOEXEC = 0x80000;
    private static final int OWNER_ONLY = 0600;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;

    private static final int EINTR = 4;
    private static final int EACCES = 13;
    private static final int ENOSPC = 28;
    private static final int EROFS = 30;
    private static final int EDQUOT = 122;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final MethodHandle OPEN =
            call("open", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, INT, INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle PREAD =
            call("pread", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG, LONG));
    private static final MethodHandle PWRITE =
            call("pwrite", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG, LONG));
    private static final MethodHandle FALLOCATE = call("fallocate", FunctionDescriptor.of(INT, INT, INT, LONG, LONG));
    private static final MethodHandle FTRUNCATE = call("ftruncate", FunctionDescriptor.of(INT, INT, LONG));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(INT, INT));

    private final Path path;
    private final int descriptor;

    private NativeFile(Path path, int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    private static MethodHandle call(String name, FunctionDescriptor form, Linker.Option... options) {
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return Linker.nativeLinker()
                .downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow(name), form, all);
    }

    /** Opens for reading and writing what is there, or makes it. */
    static NativeFile open(Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            MemorySegment name = arena.allocateFrom(path.toString());
            int descriptor = (int) OPEN.invokeExact(state, name, O_RDWR | O_CREAT | O_CLOEXEC, OWNER_ONLY);
            if (descriptor < 0) {
                throw failure("open", path, state);
            }
            return new NativeFile(path, descriptor);
        } catch (Throwable e) {
            throw passedOn(e);
        }
    }

    /** Reads up to {@code count} bytes; fewer at the end of the file, where it gives 0. */
    long read(MemorySegment target, long count, long offset) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long done = 0;
            while (done < count) {
                long got = (long) PREAD.invokeExact(
                        state, descriptor, target.asSlice(done, count - done), count - done, offset + done);
                if (got == 0) {
                    return done;
                }
                if (got < 0 && errno(state) != EINTR) {
                    throw failure("read", path, state);
                }
                done += Math.max(0, got);
            }
            return done;
        } catch (Throwable e) {
            throw passedOn(e);
        }
    }

    /** Writes all of {@code count} bytes. */
    void write(MemorySegment source, long count, long offset) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long done = 0;
            while (done < count) {
                long put = (long) PWRITE.invokeExact(
                        state, descriptor, source.asSlice(done, count - done), count - done, offset + done);
                if (put < 0 && errno(state) != EINTR) {
                    throw failure("write", path, state);
                }
                done += Math.max(0, put);
            }
        } catch (Throwable e) {
            throw passedOn(e);
        }
    }

    /** Gives the disk back what lies there; reads find zeros. Beyond the end of the file nothing happens. */
    void punch(long offset, long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
            if ((int) FALLOCATE.invokeExact(state, descriptor, mode, offset, length) != 0) {
                throw failure("give back a part of", path, state);
            }
        } catch (Throwable e) {
            throw passedOn(e);
        }
    }

    void truncate(long size) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            if ((int) FTRUNCATE.invokeExact(state, descriptor, size) != 0) {
                throw failure("shorten", path, state);
            }
        } catch (Throwable e) {
            throw passedOn(e);
        }
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private static IOException failure(String doing, Path path, MemorySegment state) {
        int errno = errno(state);
        String why = switch (errno) {
            case EACCES -> "permission denied";
            case ENOSPC -> "No space left on device";
            case EDQUOT -> "Disk quota exceeded";
            case EROFS -> "Read-only file system";
            default -> "errno " + errno;
        };
        return new IOException("Could not " + doing + " " + path + ": " + why);
    }

    private static IOException passedOn(Throwable e) throws IOException {
        switch (e) {
            case IOException io -> throw io;
            case RuntimeException runtime -> throw runtime;
            case Error error -> throw error;
            default -> throw new IllegalStateException("A system call cannot be made", e);
        }
    }

    @Override
    public void close() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            if ((int) CLOSE.invokeExact(state, descriptor) != 0) {
                throw failure("close", path, state);
            }
        } catch (Throwable e) {
            throw passedOn(e);
        }
    }
}
