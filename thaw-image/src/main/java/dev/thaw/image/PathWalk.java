package dev.thaw.image;

import dev.thaw.image.Inode.Directory;
import dev.thaw.image.Inode.Entry;
import dev.thaw.image.Inode.Symlink;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One walk along a path in a {@link FileTree}, following links as the kernel would with the tree as its root. */
final class PathWalk {
    private static final int LOOKING = -1;

    private final Directory root;
    private final int layer;
    private final Deque<Directory> above = new ArrayDeque<>();
    private final Deque<String> left = new ArrayDeque<>();
    private int hops;

    private PathWalk(Directory root, int layer) {
        this.root = root;
        this.layer = layer;
    }

    /** A walk that ends where something is missing. */
    static PathWalk looking(Directory root) {
        return new PathWalk(root, LOOKING);
    }

    /** A walk that makes missing directories, in the name of {@code layer}. */
    static PathWalk making(Directory root, int layer) {
        return new PathWalk(root, layer);
    }

    /** What is at the end; null when it is missing, or beyond a file or too many links. */
    @Nullable
    Inode to(List<String> names) throws ImageException {
        Directory at = root;
        left.addAll(names);
        while (!left.isEmpty()) {
            String name = left.removeFirst();
            if (name.equals("..")) {
                at = above.isEmpty() ? root : above.removeLast();
                continue;
            }
            Entry entry = at.children.get(name);
            Inode next = entry == null ? missing(at, name) : entry.inode();
            if (next instanceof Directory directory) {
                above.addLast(at);
                at = directory;
            } else if (next instanceof Symlink link) {
                if (++hops > ImageLimits.LINK_HOPS) {
                    return null;
                }
                if (link.target.startsWith("/")) {
                    above.clear();
                    at = root;
                }
                split(link.target).reversed().forEach(left::addFirst);
            } else {
                return left.isEmpty() ? next : null;
            }
        }
        return at;
    }

    private @Nullable Inode missing(Directory at, String name) throws ImageException {
        return layer == LOOKING ? null : FileTree.child(at, name, FileTree.IMPLIED, layer);
    }

    static List<String> split(String path) {
        List<String> names = new ArrayList<>();
        for (String part : path.split("/")) {
            if (!part.isEmpty() && !part.equals(".")) {
                names.add(part);
            }
        }
        return names;
    }
}
