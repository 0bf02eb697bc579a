package dev.thaw.image;

import java.util.List;
import java.util.SortedMap;

/**
 * One entry of an archive with everything that its headers say. Names are the archive's bytes, one per {@code char} (ISO
 * 8859-1), because a Linux file name is bytes and need not be text.
 *
 * @param size the file's size, holes included; 0 for all but regular files
 * @param segments where the bytes that the archive carries belong in the file; one for a file without holes
 */
record TarEntry(
        Type type,
        String name,
        String linkName,
        long size,
        Attributes attributes,
        int deviceMajor,
        int deviceMinor,
        List<Segment> segments) {

    enum Type {
        FILE,
        HARD_LINK,
        SYMLINK,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        DIRECTORY,
        FIFO
    }

    /** A run of bytes that are not a hole. */
    record Segment(long offset, long length) {}

    /**
     * @param mode permission bits only, 07777
     * @param xattrs by name as in the archive's bytes
     */
    record Attributes(int mode, int uid, int gid, long mtimeSeconds, int mtimeNanos, SortedMap<String, byte[]> xattrs) {
        /** With the mode that every symbolic link has in Linux, whatever the archive says. */
        Attributes ofLink() {
            return new Attributes(0777, uid, gid, mtimeSeconds, mtimeNanos, xattrs);
        }
    }
}
