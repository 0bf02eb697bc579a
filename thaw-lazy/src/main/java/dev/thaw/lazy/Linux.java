package dev.thaw.lazy;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The system calls that the JDK has no words for. Numbers are those of 64-bit Linux, alike on x86-64 and AArch64. */
final class Linux {
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EIO = 5;
    static final int EAGAIN = 11;
    static final int EBUSY = 16;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int EROFS = 30;
    static final int ENOSYS = 38;
    static final int ENOTCONN = 107;

    /** Follows no symbolic link at the end, and calls no server: for mount points whose server may be gone. */
    static final int UMOUNT_NOFOLLOW = 8;

    static final int MNT_DETACH = 2;

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLLIN = 1;

    /** Of all who wait for a request only one wakes up. */
    static final int EPOLLEXCLUSIVE = 1 << 28;

    /** Room for an event whose layout differs between processors; only its first field is used. */
    static final int EPOLL_EVENT_BYTES = 16;

    private static final int EFD_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;
    private static final int O_CLOEXEC = 0x80000;
    private static final long PIDFD_OPEN = 434;
    private static final long PIDFD_GETFD = 438;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle READ =
            function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle WRITEV =
            function("writev", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle OPEN =
            function("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CREATE =
            function("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CTL =
            function("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle EPOLL_WAIT =
            function("epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD =
            function("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD_WRITE =
            function("eventfd_write", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle UMOUNT = function("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SYSCALL = function(
            "syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));

    private Linux() {}

    private static MethodHandle function(String name, FunctionDescriptor form, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), form, all);
    }

    /** Where a call leaves its errno; one thread's at a time. */
    static MemorySegment callState(Arena arena) {
        return arena.allocate(CALL_STATE);
    }

    /** @return the bytes read, or the negative errno */
    static long read(MemorySegment state, int fd, MemorySegment buffer) {
        try {
            long count = (long) READ.invokeExact(state, fd, buffer, buffer.byteSize());
            return count < 0 ? -(int) ERRNO.get(state, 0L) : count;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    /** @return the bytes written, or the negative errno */
    static long writev(MemorySegment state, int fd, MemorySegment vectors, int count) {
        try {
            long written = (long) WRITEV.invokeExact(state, fd, vectors, count);
            return written < 0 ? -(int) ERRNO.get(state, 0L) : written;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    /** The process that a thread is of; 0 when it has ended. */
    static long processOf(int thread) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + thread + "/status"))) {
            return lines.filter(line -> line.startsWith("Tgid:"))
                    .mapToLong(line ->
                            Long.parseLong(line.substring("Tgid:".length()).strip()))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    /** A descriptor that pins a file without opening it: its server sees a lookup only. */
    static int openPath(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int fd = (int) OPEN.invokeExact(state, arena.allocateFrom(file.toString()), O_PATH | O_CLOEXEC);
            return (int) checked("open of " + file, state, fd);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    static int createEpoll() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int fd = (int) EPOLL_CREATE.invokeExact(state, EPOLL_CLOEXEC);
            return (int) checked("epoll_create1", state, fd);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    static void watch(int epoll, int fd, int flags) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            MemorySegment event = arena.allocate(EPOLL_EVENT_BYTES, Long.BYTES);
            event.set(JAVA_INT, 0, EPOLLIN | flags);
            int result = (int) EPOLL_CTL.invokeExact(state, epoll, EPOLL_CTL_ADD, fd, event);
            checked("epoll_ctl", state, result);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    /**
     * Waits until something is to be read.
     *
     * @return 1, or the negative errno
     */
    static long awaitEvent(MemorySegment state, int epoll, MemorySegment event) {
        try {
            int count = (int) EPOLL_WAIT.invokeExact(state, epoll, event, 1, -1);
            return count < 0 ? -(int) ERRNO.get(state, 0L) : count;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    /** A flag that wakes who watches it, once it is raised. */
    static int createFlag() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int fd = (int) EVENTFD.invokeExact(state, 0, EFD_CLOEXEC);
            return (int) checked("eventfd", state, fd);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    static void raiseFlag(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int result = (int) EVENTFD_WRITE.invokeExact(state, fd, 1L);
            checked("eventfd_write", state, result);
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    static void close(int fd) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int result = (int) CLOSE.invokeExact(state, fd);
            checked("close", state, result);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    /** @return 0, or the errno */
    static int unmount(Path mountPoint, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int result = (int) UMOUNT.invokeExact(state, arena.allocateFrom(mountPoint.toString()), flags);
            return result == 0 ? 0 : (int) ERRNO.get(state, 0L);
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    /** A descriptor for a process of this machine, see pidfd_open(2). */
    static int openProcess(long pid) throws IOException {
        return (int) call("pidfd_open of process " + pid, PIDFD_OPEN, pid, 0);
    }

    /** A copy of another process's descriptor, see pidfd_getfd(2). Closed on exec. */
    static int copyDescriptor(int process, int descriptor) throws IOException {
        return (int) call("pidfd_getfd", PIDFD_GETFD, process, descriptor);
    }

    private static long call(String what, long number, long first, long second) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            long result = (long) SYSCALL.invokeExact(state, number, first, second, 0L);
            return checked(what, state, result);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw uncallable(e);
        }
    }

    private static long checked(String what, MemorySegment state, long result) throws IOException {
        if (result < 0) {
            throw new IOException(what + " failed with errno " + (int) ERRNO.get(state, 0L));
        }
        return result;
    }

    private static IllegalStateException uncallable(Throwable e) {
        return new IllegalStateException("a system call cannot be made", e);
    }
}
