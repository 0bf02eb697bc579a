package dev.thaw.gateway.upgrade;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A unix datagram socket through which one process gives another a descriptor ({@code SCM_RIGHTS}, unix(7)), for which the JDK has no call. Layouts are those of 64-bit
 * Linux.
 */
final class PassedSocket implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int PATH_BYTES = 108;
    private static final long ADDRESS_BYTES = 2 + PATH_BYTES;

    // struct msghdr
    private static final long NAME = 0;
    private static final long NAME_LENGTH = 8;
    private static final long VECTOR = 16;
    private static final long VECTOR_LENGTH = 24;
    private static final long CONTROL = 32;
    private static final long CONTROL_LENGTH = 40;
    private static final long HEADER_BYTES = 56;

    // struct cmsghdr with one descriptor
    private static final long RIGHTS_LENGTH = 20;
    private static final long RIGHTS_SPACE = 24;

    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET =
            function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND =
            function("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SET_OPTION =
            function("setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SEND =
            function("sendmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECEIVE =
            function("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle REPLACE = function("dup2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final int descriptor;

    private PassedSocket(int descriptor) {
        this.descriptor = descriptor;
    }

    private static MethodHandle function(String name, FunctionDescriptor form) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), form, Linker.Option.captureCallState("errno"));
    }

    /** One that receives at a path that does not exist yet, waiting at most {@code timeout}. */
    static PassedSocket receiving(Path path, Duration timeout) throws IOException {
        PassedSocket socket = open();
        try (Arena arena = Arena.ofConfined()) {
            call("bind " + path, BIND, arena, socket.descriptor, address(arena, path), (int) ADDRESS_BYTES);
            MemorySegment limit = arena.allocate(JAVA_LONG, 2);
            limit.setAtIndex(JAVA_LONG, 0, Math.max(1, timeout.toSeconds()));
            call("setsockopt", SET_OPTION, arena, socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, limit, 16);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static PassedSocket open() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return new PassedSocket(
                    Math.toIntExact(call("socket", SOCKET, arena, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
        }
    }

    /** Gives a descriptor of this process to who receives at the path. */
    static void send(Path path, int passed) throws IOException {
        try (PassedSocket socket = open();
                Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(RIGHTS_SPACE, 8);
            control.set(JAVA_LONG, 0, RIGHTS_LENGTH);
            control.set(JAVA_INT, 8, SOL_SOCKET);
            control.set(JAVA_INT, 12, SCM_RIGHTS);
            control.set(JAVA_INT, 16, passed);
            MemorySegment header = header(arena, control);
            header.set(ADDRESS, NAME, address(arena, path));
            header.set(JAVA_INT, NAME_LENGTH, (int) ADDRESS_BYTES);
            call("sendmsg " + path, SEND, arena, socket.descriptor, header, 0);
        }
    }

    /**
     * Takes a descriptor that was given, in the place of one that is open here.
     *
     * @throws IOException also when none came in time
     */
    void receiveInto(int replaced) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(RIGHTS_SPACE, 8);
            MemorySegment header = header(arena, control);
            call("recvmsg", RECEIVE, arena, descriptor, header, MSG_CMSG_CLOEXEC);
            if (header.get(JAVA_LONG, CONTROL_LENGTH) < RIGHTS_LENGTH
                    || control.get(JAVA_INT, 8) != SOL_SOCKET
                    || control.get(JAVA_INT, 12) != SCM_RIGHTS) {
                throw new IOException("The other daemon sent no socket.");
            }
            int received = control.get(JAVA_INT, 16);
            try {
                call("dup2", REPLACE, arena, received, replaced);
            } finally {
                call("close", CLOSE, arena, received);
            }
        }
    }

    /** One byte of content, for a datagram may not be empty, and room for one descriptor. */
    private static MemorySegment header(Arena arena, MemorySegment control) {
        MemorySegment vector = arena.allocate(16, 8);
        vector.set(ADDRESS, 0, arena.allocate(1));
        vector.set(JAVA_LONG, 8, 1);
        MemorySegment header = arena.allocate(HEADER_BYTES, 8);
        header.set(ADDRESS, VECTOR, vector);
        header.set(JAVA_LONG, VECTOR_LENGTH, 1);
        header.set(ADDRESS, CONTROL, control);
        header.set(JAVA_LONG, CONTROL_LENGTH, RIGHTS_SPACE);
        return header;
    }

    private static MemorySegment address(Arena arena, Path path) throws IOException {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= PATH_BYTES) {
            throw new IOException("Too long for a unix socket: " + path);
        }
        MemorySegment address = arena.allocate(ADDRESS_BYTES, 2);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
        return address;
    }

    private static long call(String what, MethodHandle function, Arena arena, Object... arguments) throws IOException {
        MemorySegment state = arena.allocate(CAPTURED);
        Object[] all = new Object[arguments.length + 1];
        all[0] = state;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        long result;
        try {
            result = ((Number) function.invokeWithArguments(all)).longValue();
        } catch (Throwable e) {
            throw new IOException(what + " cannot be called: " + e.getMessage(), e);
        }
        if (result < 0) {
            throw new IOException(what + ": error " + (int) ERRNO.get(state, 0L));
        }
        return result;
    }

    @Override
    public void close() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            call("close", CLOSE, arena, descriptor);
        }
    }
}
