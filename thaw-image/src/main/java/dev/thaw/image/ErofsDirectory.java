package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.thaw.image.Inode.Directory;
import dev.thaw.image.Inode.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** A directory's data: blocks of entries and their names, ordered by bytes over the whole directory. */
final class ErofsDirectory {
    private record Name(String text, Inode inode) {}

    private ErofsDirectory() {}

    /** How many bytes the directory's data has. */
    static long size(Directory directory) {
        List<List<Name>> blocks = blocks(names(directory, directory));
        return (long) (blocks.size() - 1) * ErofsFormat.BLOCK + used(blocks.getLast());
    }

    /** @param slot the number of an inode's slot */
    static byte[] data(Directory directory, Directory parent, ToIntFunction<Inode> slot) {
        List<List<Name>> blocks = blocks(names(directory, parent));
        int size = (blocks.size() - 1) * ErofsFormat.BLOCK + used(blocks.getLast());
        ByteBuffer data = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        for (int block = 0; block < blocks.size(); block++) {
            data.position(block * ErofsFormat.BLOCK);
            write(blocks.get(block), data, slot);
        }
        return data.array();
    }

    private static void write(List<Name> names, ByteBuffer data, ToIntFunction<Inode> slot) {
        int nameOffset = names.size() * ErofsFormat.DIRENT_BYTES;
        int start = data.position();
        for (Name name : names) {
            data.putLong(slot.applyAsInt(name.inode()));
            data.putShort((short) nameOffset);
            data.put((byte) ErofsFormat.direntType(name.inode()));
            data.put((byte) 0);
            data.put(start + nameOffset, name.text().getBytes(ISO_8859_1));
            nameOffset += name.text().length();
        }
    }

    private static List<List<Name>> blocks(List<Name> names) {
        List<List<Name>> blocks = new ArrayList<>();
        int free = 0;
        for (Name name : names) {
            int size = ErofsFormat.DIRENT_BYTES + name.text().length();
            if (size > free) {
                blocks.add(new ArrayList<>());
                free = ErofsFormat.BLOCK;
            }
            blocks.getLast().add(name);
            free -= size;
        }
        return blocks;
    }

    private static int used(List<Name> block) {
        int used = 0;
        for (Name name : block) {
            used += ErofsFormat.DIRENT_BYTES + name.text().length();
        }
        return used;
    }

    private static List<Name> names(Directory directory, Directory parent) {
        List<Name> names = new ArrayList<>(directory.children.size() + 2);
        names.add(new Name(".", directory));
        names.add(new Name("..", parent));
        for (Map.Entry<String, Entry> child : directory.children.entrySet()) {
            names.add(new Name(child.getKey(), child.getValue().inode()));
        }
        names.sort(Comparator.comparing(Name::text));
        return names;
    }
}
