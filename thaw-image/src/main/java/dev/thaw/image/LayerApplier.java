package dev.thaw.image;

import dev.thaw.image.FileTree.Place;
import dev.thaw.image.Inode.Directory;
import dev.thaw.image.Inode.Entry;
import dev.thaw.image.Inode.RegularFile;
import dev.thaw.image.Inode.Special;
import dev.thaw.image.Inode.Symlink;
import dev.thaw.image.TarEntry.Segment;
import dev.thaw.image.TarEntry.Type;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Applies layers to a tree, lowest first, as the OCI image specification says ("Image Layer Filesystem Changeset"):
 * entries replace what is below, directories merge, whiteouts hide what lower layers have.
 */
final class LayerApplier {
    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final int PART_BYTES = 256 << 10;

    private final FileTree tree;
    private final Spool spool;
    private final ImageLimits limits;
    private final byte[] part = new byte[PART_BYTES];
    private int layer;
    private long entries;
    private long fileBytes;

    LayerApplier(FileTree tree, Spool spool, ImageLimits limits) {
        this.tree = tree;
        this.spool = spool;
        this.limits = limits;
    }

    /** Applies the next layer. */
    void apply(TarReader archive) throws IOException {
        layer++;
        for (Optional<TarEntry> next = archive.next(); next.isPresent(); next = archive.next()) {
            if (++entries > limits.entries()) {
                throw ImageException.tooLarge("The image's layers have more than " + limits.entries() + " entries.");
            }
            apply(next.get(), archive);
        }
    }

    private void apply(TarEntry entry, TarReader archive) throws IOException {
        List<String> path = FileTree.components(entry.name());
        if (path.isEmpty()) {
            applyRoot(entry);
        } else if (path.getLast().startsWith(WHITEOUT)) {
            applyWhiteout(path);
        } else {
            Place place = tree.place(path, layer);
            refuseDuplicate(entry, place);
            switch (entry.type()) {
                case DIRECTORY -> putDirectory(entry, place);
                case FILE -> place.put(readFile(entry, archive), layer);
                case SYMLINK -> place.put(new Symlink(entry.attributes().ofLink(), target(entry)), layer);
                case HARD_LINK -> place.put(linked(entry), layer);
                case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> place.put(special(entry), layer);
            }
        }
    }

    private void applyRoot(TarEntry entry) throws ImageException {
        if (entry.type() != Type.DIRECTORY) {
            throw ImageException.malformed(
                    "An archive has an entry for '/' that is no directory. Build the image anew.");
        }
        tree.root().attributes(entry.attributes());
    }

    private void putDirectory(TarEntry entry, Place place) throws ImageException {
        if (place.inode() instanceof Directory directory) {
            directory.attributes(entry.attributes());
            place.put(directory, layer);
        } else {
            FileTree.child(place.directory(), place.name(), entry.attributes(), layer);
        }
    }

    /** The specification forbids two entries for one path; for directories, which merely merge, builders do it. */
    private void refuseDuplicate(TarEntry entry, Place place) throws ImageException {
        Entry there = place.directory().children.get(place.name());
        if (there != null
                && there.layer() == layer
                && !(there.inode() instanceof Directory && entry.type() == Type.DIRECTORY)) {
            throw ImageException.malformed("A layer has two entries for '" + TarText.readable(entry.name())
                    + "', so what it holds depends on who reads it. Build the image anew.");
        }
    }

    private Inode linked(TarEntry entry) throws ImageException {
        List<String> target = FileTree.components(entry.linkName());
        Optional<Place> place = target.isEmpty() ? Optional.empty() : tree.find(target);
        Inode inode = place.map(Place::inode).orElse(null);
        if (inode == null || inode instanceof Directory) {
            throw ImageException.malformed("An archive links '" + TarText.readable(entry.name()) + "' to '"
                    + TarText.readable(entry.linkName()) + "', which "
                    + (inode == null ? "does not exist" : "is a directory") + ". Build the image anew.");
        }
        return inode;
    }

    private static String target(TarEntry entry) throws ImageException {
        String target = entry.linkName();
        if (target.isEmpty() || target.length() > ImageLimits.PATH_BYTES) {
            throw ImageException.malformed(
                    "An archive has a link '" + TarText.readable(entry.name()) + "' whose target has " + target.length()
                            + " bytes; 1 to " + ImageLimits.PATH_BYTES + " are possible.");
        }
        return target;
    }

    private static Special special(TarEntry entry) throws ImageException {
        if (entry.deviceMajor() < 0
                || entry.deviceMajor() > 0xFFF
                || entry.deviceMinor() < 0
                || entry.deviceMinor() > 0xFFFFF) {
            throw ImageException.malformed(
                    "An archive has a device '" + TarText.readable(entry.name()) + "' with the number "
                            + entry.deviceMajor() + ":" + entry.deviceMinor() + ", which Linux does not have.");
        }
        boolean fifo = entry.type() == Type.FIFO;
        return new Special(
                entry.attributes(), entry.type(), fifo ? 0 : entry.deviceMajor(), fifo ? 0 : entry.deviceMinor());
    }

    private RegularFile readFile(TarEntry entry, TarReader archive) throws IOException {
        fileBytes += entry.size();
        if (entry.size() < 0 || fileBytes > limits.expandedBytes() || fileBytes < 0) {
            throw ImageException.tooLarge("The image's files have more than " + limits.expandedBytes() + " bytes; '"
                    + TarText.readable(entry.name()) + "' alone has " + entry.size() + ".");
        }
        List<Spool.Extent> extents = new ArrayList<>(entry.segments().size());
        for (Segment segment : entry.segments()) {
            if (segment.length() > 0) {
                extents.add(new Spool.Extent(segment.offset(), spool.end(), segment.length()));
                spool(segment.length(), archive);
            }
        }
        return new RegularFile(entry.attributes(), entry.size(), List.copyOf(extents));
    }

    private void spool(long length, TarReader archive) throws IOException {
        long left = length;
        while (left > 0) {
            int read = archive.read(part, 0, (int) Math.min(left, part.length));
            if (read < 0) {
                throw TarReader.truncated();
            }
            spool.append(part, read);
            left -= read;
        }
    }

    private void applyWhiteout(List<String> path) throws ImageException {
        String name = path.getLast();
        Optional<Place> place = tree.find(path);
        if (name.equals(OPAQUE)) {
            place.ifPresent(it -> removeLower(it.directory()));
            return;
        }
        String hidden = name.substring(WHITEOUT.length());
        if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
            throw ImageException.malformed("An archive has a whiteout that names nothing: '"
                    + TarText.readable(String.join("/", path)) + "'.");
        }
        // Other names of this form are bookkeeping of an old union file system, which nothing reads.
        if (!hidden.startsWith(WHITEOUT)) {
            place.ifPresent(it -> removeLower(it.directory(), hidden));
        }
    }

    private void removeLower(Directory directory, String name) {
        Entry entry = directory.children.get(name);
        if (entry != null && isLower(entry)) {
            directory.children.remove(name);
        }
    }

    private void removeLower(Directory directory) {
        Iterator<Entry> all = directory.children.values().iterator();
        while (all.hasNext()) {
            if (isLower(all.next())) {
                all.remove();
            }
        }
    }

    /** Whether nothing of this layer is at or below the entry; what lower layers have below it is removed. */
    private boolean isLower(Entry entry) {
        if (!(entry.inode() instanceof Directory directory)) {
            return entry.layer() != layer;
        }
        removeLower(directory);
        return entry.layer() != layer && directory.children.isEmpty();
    }
}
