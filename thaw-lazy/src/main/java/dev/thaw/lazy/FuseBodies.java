package dev.thaw.lazy;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/** Bodies of answers, written where they are told; each returns its length. */
final class FuseBodies {
    /** Names and attributes never change but by {@link FuseConnection#forgetName}: the kernel need not ask again. */
    private static final long VALID_SECONDS = 365L * 24 * 3600;

    private static final int DIRECTORY_MODE = 0040700;
    private static final int FILE_MODE = 0100400;
    private static final int ATTRIBUTES_OFFSET_IN_ENTRY = 40;

    /** How many requests that nobody waits for singly, such as readahead, the kernel lets be under way. Its own default is 12. */
    private static final short MOST_BACKGROUND = 1024;

    private static final short CONGESTED = 768;

    private FuseBodies() {}

    static int init(MemorySegment body, FuseRequest.Init init, int readAheadBytes) {
        body.asSlice(0, FuseProtocol.INIT_OUT_BYTES).fill((byte) 0);
        int wanted =
                FuseProtocol.ASYNC_READ | FuseProtocol.PARALLEL_DIROPS | FuseProtocol.MAX_PAGES | FuseProtocol.INIT_EXT;
        body.set(JAVA_INT, 0, FuseProtocol.MAJOR);
        body.set(JAVA_INT, 4, Math.min(init.minor(), FuseProtocol.MINOR));
        body.set(JAVA_INT, 8, (int) Math.min(Integer.toUnsignedLong(init.maxReadahead()), readAheadBytes));
        body.set(JAVA_INT, 12, init.flags() & wanted);
        body.set(JAVA_SHORT, 16, MOST_BACKGROUND);
        body.set(JAVA_SHORT, 18, CONGESTED);
        body.set(JAVA_INT, 20, ImageSource.BLOCK_BYTES);
        body.set(JAVA_INT, 24, 1);
        body.set(JAVA_SHORT, 28, (short) (FuseProtocol.LONGEST_READ / ImageSource.BLOCK_BYTES));
        body.set(JAVA_INT, 32, init.flags2() & FuseProtocol.HAS_RESEND);
        return FuseProtocol.INIT_OUT_BYTES;
    }

    static int entry(MemorySegment body, long node, long sizeBytes) {
        body.asSlice(0, FuseProtocol.ENTRY_OUT_BYTES).fill((byte) 0);
        body.set(JAVA_LONG, 0, node);
        body.set(JAVA_LONG, 16, VALID_SECONDS);
        body.set(JAVA_LONG, 24, VALID_SECONDS);
        attributes(body.asSlice(ATTRIBUTES_OFFSET_IN_ENTRY), node, FILE_MODE, sizeBytes, 1);
        return FuseProtocol.ENTRY_OUT_BYTES;
    }

    static int fileAttributes(MemorySegment body, long node, long sizeBytes) {
        return attributesOf(body, node, FILE_MODE, sizeBytes, 1);
    }

    static int rootAttributes(MemorySegment body) {
        return attributesOf(body, FuseProtocol.ROOT, DIRECTORY_MODE, 0, 2);
    }

    private static int attributesOf(MemorySegment body, long node, int mode, long sizeBytes, int links) {
        body.asSlice(0, FuseProtocol.ATTR_OUT_BYTES).fill((byte) 0);
        body.set(JAVA_LONG, 0, VALID_SECONDS);
        attributes(body.asSlice(16), node, mode, sizeBytes, links);
        return FuseProtocol.ATTR_OUT_BYTES;
    }

    private static void attributes(MemorySegment at, long node, int mode, long sizeBytes, int links) {
        at.set(JAVA_LONG, 0, node);
        at.set(JAVA_LONG, 8, sizeBytes);
        at.set(JAVA_LONG, 16, (sizeBytes + 511) / 512);
        at.set(JAVA_INT, 60, mode);
        at.set(JAVA_INT, 64, links);
        at.set(JAVA_INT, 80, ImageSource.BLOCK_BYTES);
    }

    /** The handle is the node: an open file needs nothing that a next daemon would have to know. */
    static int open(MemorySegment body, long node) {
        body.set(JAVA_LONG, 0, node);
        body.set(JAVA_INT, 8, FuseProtocol.FOPEN_KEEP_CACHE | FuseProtocol.FOPEN_NOFLUSH);
        body.set(JAVA_INT, 12, 0);
        return FuseProtocol.OPEN_OUT_BYTES;
    }

    static int statFs(MemorySegment body, long totalBytes, int files) {
        body.asSlice(0, FuseProtocol.STATFS_OUT_BYTES).fill((byte) 0);
        body.set(JAVA_LONG, 0, totalBytes / ImageSource.BLOCK_BYTES);
        body.set(JAVA_LONG, 24, files);
        body.set(JAVA_INT, 40, ImageSource.BLOCK_BYTES);
        body.set(JAVA_INT, 44, FuseProtocol.LONGEST_NAME);
        body.set(JAVA_INT, 48, ImageSource.BLOCK_BYTES);
        return FuseProtocol.STATFS_OUT_BYTES;
    }
}
