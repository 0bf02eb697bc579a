package dev.thaw.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Reads the part of EROFS that the kernel would need for our images, written from the format's description and not from
 * the writer, so that a mistake in one does not hide in the other.
 */
final class ErofsReader implements AutoCloseable {
    record Node(
            long nid,
            int mode,
            int links,
            int uid,
            int gid,
            long mtime,
            int nanos,
            long size,
            int layout,
            long block,
            Map<String, byte[]> xattrs,
            long tail) {
        int type() {
            return mode & 0170000;
        }
    }

    private final FileChannel channel;
    private final ByteBuffer superblock;

    ErofsReader(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
        byte[] first = bytes(0, 4096);
        superblock = ByteBuffer.wrap(first, 1024, 128).slice().order(ByteOrder.LITTLE_ENDIAN);
        check(superblock.getInt(0) == 0xE0F5E1E2, "magic");
        int stored = superblock.getInt(4);
        superblock.putInt(4, 0);
        CRC32C crc = new CRC32C();
        crc.update(first, 1024, 4096 - 1024);
        check(stored == ~(int) crc.getValue(), "checksum");
        check(superblock.get(12) == 12, "block size");
        check(superblock.getInt(80) == 0, "incompatible features");
        check(blocks() * 4096 == channel.size(), "length");
    }

    long blocks() {
        return superblock.getInt(36) & 0xFFFFFFFFL;
    }

    long inodes() {
        return superblock.getLong(16);
    }

    Node root() throws IOException {
        return node(superblock.getShort(14) & 0xFFFF);
    }

    Node node(long nid) throws IOException {
        long at = nid * 32;
        ByteBuffer inode = read(at, 64);
        check((at & 4095) + 64 <= 4096, "inode across blocks");
        int format = inode.getShort(0);
        check((format & 1) == 1, "extended inode");
        int layout = format >> 1 & 7;
        int count = inode.getShort(2) & 0xFFFF;
        int xattrBytes = count == 0 ? 0 : 12 + 4 * (count - 1);
        long tail = at + 64 + xattrBytes;
        long size = inode.getLong(8);
        check(layout == 0 || layout == 2 && (tail & 4095) + size <= 4096, "tail across blocks");
        return new Node(
                nid,
                inode.getShort(4) & 0xFFFF,
                inode.getInt(44),
                inode.getInt(24),
                inode.getInt(28),
                inode.getLong(32),
                inode.getInt(40),
                size,
                layout,
                inode.getInt(16) & 0xFFFFFFFFL,
                xattrs(at + 64, xattrBytes),
                tail);
    }

    private Map<String, byte[]> xattrs(long at, int size) throws IOException {
        Map<String, byte[]> xattrs = new TreeMap<>();
        String[] prefixes = {
            "", "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "", "security."
        };
        ByteBuffer area = read(at, size);
        int position = 12;
        while (position < size) {
            int nameLength = area.get(position) & 0xFF;
            int valueLength = area.getShort(position + 2) & 0xFFFF;
            String name = new String(area.array(), position + 4, nameLength, ISO_8859_1);
            byte[] value = new byte[valueLength];
            area.get(position + 4 + nameLength, value);
            xattrs.put(prefixes[area.get(position + 1)] + name, value);
            position = position + 4 + nameLength + valueLength + 3 & ~3;
        }
        return xattrs;
    }

    byte[] data(Node node) throws IOException {
        return bytes(node.layout() == 2 ? node.tail() : node.block() * 4096, Math.toIntExact(node.size()));
    }

    /** Names to nids, "." and ".." too; fails unless the names are in order over all blocks. */
    Map<String, Long> list(Node directory) throws IOException {
        Map<String, Long> names = new TreeMap<>();
        byte[] data = data(directory);
        String last = "";
        for (int start = 0; start < data.length; start += 4096) {
            int end = Math.min(start + 4096, data.length);
            ByteBuffer block = ByteBuffer.wrap(data, start, end - start).slice().order(ByteOrder.LITTLE_ENDIAN);
            int entries = block.getShort(8) / 12;
            for (int i = 0; i < entries; i++) {
                int from = block.getShort(12 * i + 8);
                int to = i + 1 < entries ? block.getShort(12 * (i + 1) + 8) : end - start;
                while (i + 1 == entries && to > from && block.get(to - 1) == 0) {
                    to--;
                }
                String name = new String(data, start + from, to - from, ISO_8859_1);
                check(name.compareTo(last) > 0, "names in order: " + last + ", " + name);
                last = name;
                names.put(name, block.getLong(12 * i));
            }
        }
        return names;
    }

    private ByteBuffer read(long at, int length) throws IOException {
        return ByteBuffer.wrap(bytes(at, length)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] bytes(long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            check(channel.read(buffer, at + buffer.position()) > 0, "end of file");
        }
        return buffer.array();
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("EROFS: " + what);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
