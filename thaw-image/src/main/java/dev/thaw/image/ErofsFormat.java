package dev.thaw.image;

import dev.thaw.image.Inode.Directory;
import dev.thaw.image.Inode.RegularFile;
import dev.thaw.image.Inode.Special;
import dev.thaw.image.Inode.Symlink;

/** Numbers of the on-disk format (Linux, fs/erofs/erofs_fs.h) as far as it is used here. All integers are little-endian. */
final class ErofsFormat {
    static final int BLOCK = 4096;
    static final int BLOCK_BITS = 12;
    static final int SUPERBLOCK_OFFSET = 1024;
    static final int SUPERBLOCK_BYTES = 128;
    static final int CHECKSUM_OFFSET = SUPERBLOCK_OFFSET + 4;
    static final int MAGIC = 0xE0F5E1E2;

    /** The superblock's checksum is there; an inode's time is its modification time. */
    static final int FEATURES_COMPATIBLE = 0x1 | 0x2;

    /** Inodes are numbered by their place, in units of this many bytes. */
    static final int SLOT = 32;

    static final int INODE_BYTES = 64;
    static final int EXTENDED = 1;

    /** The data lies in blocks of its own. */
    static final int FLAT_PLAIN = 0;

    /** The data follows the inode. */
    static final int FLAT_INLINE = 2;

    static final int DIRENT_BYTES = 12;

    static final int XATTR_HEADER_BYTES = 12;
    static final int XATTR_ENTRY_BYTES = 4;

    private ErofsFormat() {}

    /** The type bits of a mode, as in stat(2). */
    static int fileType(Inode inode) {
        return switch (inode) {
            case Directory _ -> 0040000;
            case RegularFile _ -> 0100000;
            case Symlink _ -> 0120000;
            case Special special ->
                switch (special.type) {
                    case CHARACTER_DEVICE -> 0020000;
                    case BLOCK_DEVICE -> 0060000;
                    default -> 0010000;
                };
        };
    }

    /** The type in a directory entry. */
    static int direntType(Inode inode) {
        return switch (inode) {
            case RegularFile _ -> 1;
            case Directory _ -> 2;
            case Special special ->
                switch (special.type) {
                    case CHARACTER_DEVICE -> 3;
                    case BLOCK_DEVICE -> 4;
                    default -> 5;
                };
            case Symlink _ -> 7;
        };
    }

    /** The kernel's encoding of a device number. */
    static int deviceNumber(Special special) {
        return special.minor & 0xFF | special.major << 8 | (special.minor & ~0xFF) << 12;
    }

    static long blocks(long bytes) {
        return (bytes + BLOCK - 1) >> BLOCK_BITS;
    }
}
