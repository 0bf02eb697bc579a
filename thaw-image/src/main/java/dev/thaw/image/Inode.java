package dev.thaw.image;

import dev.thaw.image.TarEntry.Attributes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A file, a directory or another thing in a {@link FileTree}. Hard links are several names of one inode. */
abstract sealed class Inode {
    private Attributes attributes;

    /** The position in the order in which a writer met the inode; belongs to that writer. */
    int index = -1;

    Inode(Attributes attributes) {
        this.attributes = attributes;
    }

    Attributes attributes() {
        return attributes;
    }

    void attributes(Attributes fresh) {
        attributes = fresh;
    }

    /** A name in a directory. {@code layer} is the layer that wrote it last: whiteouts hide only what is below. */
    record Entry(Inode inode, int layer) {}

    static final class Directory extends Inode {
        /** By name, ordered by bytes. */
        final Map<String, Entry> children = new TreeMap<>();

        final int depth;

        Directory(Attributes attributes, int depth) {
            super(attributes);
            this.depth = depth;
        }
    }

    static final class RegularFile extends Inode {
        final long size;
        final List<Spool.Extent> extents;

        RegularFile(Attributes attributes, long size, List<Spool.Extent> extents) {
            super(attributes);
            this.size = size;
            this.extents = extents;
        }
    }

    static final class Symlink extends Inode {
        final String target;

        Symlink(Attributes attributes, String target) {
            super(attributes);
            this.target = target;
        }
    }

    static final class Special extends Inode {
        final TarEntry.Type type;
        final int major;
        final int minor;

        Special(Attributes attributes, TarEntry.Type type, int major, int minor) {
            super(attributes);
            this.type = type;
            this.major = major;
            this.minor = minor;
        }
    }
}
