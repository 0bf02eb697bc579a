package dev.thaw.lazy;

/**
 * Numbers of the FUSE protocol, version 7.31 and later, as in the kernel's {@code include/uapi/linux/fuse.h}. Integers have the machine's byte order.
 */
final class FuseProtocol {
    static final int MAJOR = 7;

    /** The newest minor version whose structures are used here (FUSE_INIT_EXT, FUSE_HAS_RESEND). */
    static final int MINOR = 40;

    /** The oldest that will do (FUSE_MAX_PAGES, Linux 4.20; FUSE_EXPLICIT_INVAL_DATA). */
    static final int LEAST_MINOR = 28;

    static final long ROOT = 1;

    static final int LOOKUP = 1;
    static final int FORGET = 2;
    static final int GETATTR = 3;
    static final int OPEN = 14;
    static final int READ = 15;
    static final int STATFS = 17;
    static final int RELEASE = 18;
    static final int INIT = 26;
    static final int INTERRUPT = 36;
    static final int DESTROY = 38;
    static final int BATCH_FORGET = 42;

    static final int NOTIFY_INVAL_INODE = 2;
    static final int NOTIFY_INVAL_ENTRY = 3;
    static final int NOTIFY_STORE = 4;
    static final int NOTIFY_RESEND = 7;

    static final int IN_HEADER_BYTES = 40;
    static final int OUT_HEADER_BYTES = 16;
    static final int ENTRY_OUT_BYTES = 128;
    static final int ATTR_OUT_BYTES = 104;
    static final int OPEN_OUT_BYTES = 16;
    static final int INIT_OUT_BYTES = 64;
    static final int STATFS_OUT_BYTES = 80;
    static final int STORE_OUT_BYTES = 24;

    static final int READ_IN_BYTES = 40;
    static final int FORGET_ONE_BYTES = 16;
    static final int LONGEST_NAME = 255;

    /** What the kernel may ask for at once, max_pages of 256. */
    static final int LONGEST_READ = 1 << 20;

    /** No request that is expected here is longer; the kernel demands 8 KiB, and fills what it gets with FORGETs. */
    static final int REQUEST_BUFFER_BYTES = 64 << 10;

    static final int FOPEN_KEEP_CACHE = 1 << 1;

    /** Closing needs no server: who is killed while there is none must not wait for the next. Linux 5.16. */
    static final int FOPEN_NOFLUSH = 1 << 5;

    static final int ASYNC_READ = 1;
    static final int PARALLEL_DIROPS = 1 << 18;
    static final int MAX_PAGES = 1 << 22;
    static final int INIT_EXT = 1 << 30;

    /** In flags2: FUSE_HAS_RESEND, bit 39. */
    static final int HAS_RESEND = 1 << 7;

    private FuseProtocol() {}
}
