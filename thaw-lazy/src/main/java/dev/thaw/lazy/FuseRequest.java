package dev.thaw.lazy;

import java.util.List;

/** What the kernel asks, decoded. {@code unique} names the request in its answer; {@code node} is the inode's number. */
sealed interface FuseRequest {
    /** @param flags2 zero before FUSE_INIT_EXT */
    record Init(long unique, int major, int minor, int maxReadahead, int flags, int flags2) implements FuseRequest {}

    record Lookup(long unique, long parent, String name) implements FuseRequest {}

    record GetAttr(long unique, long node) implements FuseRequest {}

    record Open(long unique, long node, int flags) implements FuseRequest {}

    /**
     * @param size at most {@link FuseProtocol#LONGEST_READ}, at least 1; {@code offset + size} does not overflow
     * @param thread who reads, as this process's name space of processes names it; 0 when it has no name there
     */
    record Read(long unique, long node, long offset, int size, int thread) implements FuseRequest {}

    record Release(long unique, long node) implements FuseRequest {}

    record StatFs(long unique) implements FuseRequest {}

    record Destroy(long unique) implements FuseRequest {}

    /** Inodes that the kernel has let go of. Not answered. */
    record Forget(List<Long> nodes) implements FuseRequest {}

    /** A request's caller got a signal. Not answered: it is free to. */
    record Interrupt(long interrupted) implements FuseRequest {}

    /** One that is not served: it gets ENOSYS, after which the kernel asks for most of them no more. */
    record Other(long unique, int opcode) implements FuseRequest {}

    /** One that breaks the protocol: it gets EIO. */
    record Malformed(long unique, String reason) implements FuseRequest {}
}
