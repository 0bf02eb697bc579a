package dev.thaw.image;

import dev.thaw.image.Inode.Directory;
import dev.thaw.image.Inode.Entry;
import dev.thaw.image.Inode.RegularFile;
import dev.thaw.image.Inode.Special;
import dev.thaw.image.Inode.Symlink;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Where everything of a tree goes in the file system: first all inodes, a directory's children side by side, small
 * directories and links with their data behind them; then the blocks of large directories; then every file's own blocks.
 * The metadata a start needs is thereby few blocks, and a file's data always begins on a block of its own, so that equal
 * files are equal blocks in every image.
 */
final class ErofsPlan {
    /** One inode's place. {@code links} counts its names, a directory's as stat(2) does. */
    static final class Placed {
        final Inode inode;
        final Directory parent;
        int links;
        int slot;
        long size;
        int xattrBytes;
        boolean inline;
        int firstBlock;

        Placed(Inode inode, Directory parent) {
            this.inode = inode;
            this.parent = parent;
        }

        /** Bytes from the inode's start to the end of what lies behind it. */
        int length() {
            return ErofsFormat.INODE_BYTES + xattrBytes + (inline ? (int) size : 0);
        }
    }

    private final List<Placed> order = new ArrayList<>();
    private long metadataBytes = ErofsFormat.SUPERBLOCK_OFFSET + ErofsFormat.SUPERBLOCK_BYTES;
    private long blocks;

    ErofsPlan(FileTree tree) throws ImageException {
        number(tree.root());
        for (Placed placed : order) {
            measure(placed);
            place(placed);
        }
        blocks = ErofsFormat.blocks(metadataBytes);
        for (Placed placed : order) {
            if (!(placed.inode instanceof RegularFile)) {
                placeBlocks(placed);
            }
        }
        for (Placed placed : order) {
            if (placed.inode instanceof RegularFile) {
                placeBlocks(placed);
            }
        }
        if (blocks > 0xFFFF_FFFFL || metadataBytes / ErofsFormat.SLOT > Integer.MAX_VALUE) {
            throw ImageException.tooLarge("The image needs more blocks than a root file system can have.");
        }
    }

    List<Placed> order() {
        return order;
    }

    Placed of(Inode inode) {
        return order.get(inode.index);
    }

    long blocks() {
        return blocks;
    }

    /** Every directory's children together, parents before children. */
    private void number(Directory root) {
        add(root, root).links = 2;
        Deque<Directory> left = new ArrayDeque<>();
        left.add(root);
        while (!left.isEmpty()) {
            Directory directory = left.removeFirst();
            for (Entry entry : directory.children.values()) {
                Inode child = entry.inode();
                if (child instanceof Directory below) {
                    add(below, directory).links = 2;
                    of(directory).links++;
                    left.addLast(below);
                } else {
                    // A further name of an inode that is here already has its number.
                    boolean known = child.index >= 0 && child.index < order.size() && of(child).inode == child;
                    (known ? of(child) : add(child, directory)).links++;
                }
            }
        }
    }

    private Placed add(Inode inode, Directory parent) {
        Placed placed = new Placed(inode, parent);
        inode.index = order.size();
        order.add(placed);
        return placed;
    }

    private static void measure(Placed placed) {
        placed.xattrBytes = ErofsXattrs.size(placed.inode.attributes().xattrs());
        placed.size = switch (placed.inode) {
            case Directory directory -> ErofsDirectory.size(directory);
            case Symlink link -> link.target.length();
            case RegularFile file -> file.size;
            case Special _ -> 0;
        };
        boolean small = ErofsFormat.INODE_BYTES + placed.xattrBytes + placed.size <= ErofsFormat.BLOCK;
        placed.inline = small && (placed.inode instanceof Directory || placed.inode instanceof Symlink);
    }

    private void place(Placed placed) {
        long at = align(metadataBytes, ErofsFormat.SLOT);
        // The kernel reads an inode and the data behind it from one block; only attributes may cross into the next.
        int together = placed.inline ? placed.length() : ErofsFormat.INODE_BYTES;
        if (at % ErofsFormat.BLOCK + together > ErofsFormat.BLOCK) {
            at = align(at, ErofsFormat.BLOCK);
        }
        placed.slot = (int) (at / ErofsFormat.SLOT);
        metadataBytes = at + placed.length();
    }

    private void placeBlocks(Placed placed) {
        if (!placed.inline && placed.size > 0 && !(placed.inode instanceof Special)) {
            placed.firstBlock = (int) blocks;
            blocks += ErofsFormat.blocks(placed.size);
        }
    }

    private static long align(long at, int unit) {
        return (at + unit - 1) / unit * unit;
    }
}
