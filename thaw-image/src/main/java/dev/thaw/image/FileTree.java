package dev.thaw.image;

import dev.thaw.image.Inode.Directory;
import dev.thaw.image.Inode.Entry;
import dev.thaw.image.TarEntry.Attributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory, without the files' contents. Paths are resolved inside the tree alone, as if it were the root:
 * no link leads out of it, and nothing on the host is touched.
 */
final class FileTree {
    /** What a directory is that an archive uses but does not describe. */
    static final Attributes IMPLIED = new Attributes(0755, 0, 0, 0, 0, Collections.emptySortedMap());

    private final Directory root = new Directory(IMPLIED, 0);

    Directory root() {
        return root;
    }

    /** The last component of a path, in the directory that holds it. */
    record Place(Directory directory, String name) {
        @Nullable
        Inode inode() {
            Entry entry = directory.children.get(name);
            return entry == null ? null : entry.inode();
        }

        void put(Inode inode, int layer) {
            directory.children.put(name, new Entry(inode, layer));
        }
    }

    /** The components of an archive's path. Empty for the root itself. */
    static List<String> components(String path) throws ImageException {
        if (path.length() > ImageLimits.PATH_BYTES) {
            throw ImageException.tooLarge(
                    "An archive has a path of " + path.length() + " bytes, longer than Linux takes ("
                            + ImageLimits.PATH_BYTES + "): '" + TarText.readable(path) + "'.");
        }
        List<String> components = new ArrayList<>();
        for (String part : path.split("/")) {
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            if (part.equals("..")) {
                throw ImageException.malformed(
                        "An archive has a path with '..' in it, which could lead out of the image: '"
                                + TarText.readable(path)
                                + "'. Build the image anew with a tool that writes clean paths.");
            }
            if (part.length() > ImageLimits.NAME_BYTES) {
                throw ImageException.tooLarge(
                        "An archive has a name of " + part.length() + " bytes, longer than Linux takes ("
                                + ImageLimits.NAME_BYTES + "): '" + TarText.readable(part) + "'.");
            }
            components.add(part);
        }
        return components;
    }

    /** Where {@code components} end. Links on the way are followed, missing parents made. */
    Place place(List<String> components, int layer) throws ImageException {
        PathWalk walk = PathWalk.making(root, layer);
        Inode parent = walk.to(components.subList(0, components.size() - 1));
        if (parent instanceof Directory directory) {
            return new Place(directory, components.getLast());
        }
        throw ImageException.malformed("An archive puts '" + TarText.readable(String.join("/", components))
                + "' below something that is no directory, or a link that leads back to itself. Build the image anew.");
    }

    /** Where {@code components} end, if their parents exist. Links on the way are followed. */
    Optional<Place> find(List<String> components) throws ImageException {
        Inode parent = PathWalk.looking(root).to(components.subList(0, components.size() - 1));
        return parent instanceof Directory directory
                ? Optional.of(new Place(directory, components.getLast()))
                : Optional.empty();
    }

    /** The inode at a path with every link followed, as a program in the image would open it. */
    Optional<Inode> open(String path) throws ImageException {
        return Optional.ofNullable(PathWalk.looking(root).to(PathWalk.split(path)));
    }

    /** A new directory; the tree's depth is bounded, because links let a path name more than its length holds. */
    static Directory child(Directory parent, String name, Attributes attributes, int layer) throws ImageException {
        if (parent.depth == ImageLimits.DEPTH) {
            throw ImageException.tooLarge(
                    "An archive has more than " + ImageLimits.DEPTH + " directories below each other.");
        }
        Directory directory = new Directory(attributes, parent.depth + 1);
        parent.children.put(name, new Entry(directory, layer));
        return directory;
    }
}
