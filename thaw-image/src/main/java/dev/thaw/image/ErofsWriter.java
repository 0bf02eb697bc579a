package dev.thaw.image;

import dev.thaw.image.ErofsPlan.Placed;
import dev.thaw.image.Inode.Directory;
import dev.thaw.image.Inode.RegularFile;
import dev.thaw.image.Inode.Special;
import dev.thaw.image.Inode.Symlink;
import dev.thaw.image.TarEntry.Attributes;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Writes a tree as an EROFS file system (Linux, Documentation/filesystems/erofs.rst): uncompressed, every file's data in
 * whole blocks of its own. The same tree gives the same bytes wherever it is written. Why a writer of our own:
 * docs/decisions/own-erofs-writer.md.
 */
final class ErofsWriter {
    private final ErofsPlan plan;
    private final Spool spool;
    private final BlockOutput out;

    private ErofsWriter(ErofsPlan plan, Spool spool, BlockOutput out) {
        this.plan = plan;
        this.spool = spool;
        this.out = out;
    }

    record Written(long sizeBytes, Digest digest) {}

    /**
     * @param identity what the volume's identifier is made from; equal trees of equal identity give equal files
     * @param file made anew and forced to the disk
     */
    static Written write(FileTree tree, Spool spool, Digest identity, Path file) throws IOException {
        ErofsPlan plan = new ErofsPlan(tree);
        try (BlockOutput out = new BlockOutput(file, ErofsWriter::checksum)) {
            new ErofsWriter(plan, spool, out).writeAll(tree.root(), identity);
            return new Written(plan.blocks() * ErofsFormat.BLOCK, out.finish());
        }
    }

    private void writeAll(Directory root, Digest identity) throws IOException {
        out.padTo(ErofsFormat.SUPERBLOCK_OFFSET);
        out.write(superblock(root, identity));
        for (Placed placed : plan.order()) {
            out.padTo((long) placed.slot * ErofsFormat.SLOT);
            out.write(inode(placed));
        }
        out.padToBlock();
        for (Placed placed : plan.order()) {
            if (placed.firstBlock > 0 && !(placed.inode instanceof RegularFile)) {
                out.write(tail(placed));
                out.padToBlock();
            }
        }
        for (Placed placed : plan.order()) {
            if (placed.inode instanceof RegularFile file) {
                writeFile(file);
            }
        }
    }

    private byte[] superblock(Directory root, Digest identity) {
        ByteBuffer block = ByteBuffer.allocate(ErofsFormat.SUPERBLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        block.putInt(ErofsFormat.MAGIC);
        block.putInt(0); // checksum, patched in
        block.putInt(ErofsFormat.FEATURES_COMPATIBLE);
        block.put((byte) ErofsFormat.BLOCK_BITS);
        block.put((byte) 0);
        block.putShort((short) plan.of(root).slot);
        block.putLong(plan.order().size());
        block.putLong(0); // build time: inodes carry their own
        block.putInt(0);
        block.putInt((int) plan.blocks());
        block.putInt(0); // metadata begins at block 0
        block.putInt(0); // no shared attributes
        byte[] uuid = java.util.HexFormat.of().parseHex(identity.hex(), 0, 32);
        uuid[6] = (byte) (uuid[6] & 0x0F | 0x80); // version 8: of our own making (RFC 9562)
        uuid[8] = (byte) (uuid[8] & 0x3F | 0x80);
        block.put(uuid);
        return block.array();
    }

    /** CRC-32C from the superblock to its block's end, without the final inversion. */
    private static void checksum(byte[] beginning) {
        CRC32C crc = new CRC32C();
        crc.update(beginning, ErofsFormat.SUPERBLOCK_OFFSET, ErofsFormat.BLOCK - ErofsFormat.SUPERBLOCK_OFFSET);
        ByteBuffer.wrap(beginning).order(ByteOrder.LITTLE_ENDIAN).putInt(ErofsFormat.CHECKSUM_OFFSET, ~(int)
                crc.getValue());
    }

    private byte[] inode(Placed placed) {
        Attributes attributes = placed.inode.attributes();
        ByteBuffer to = ByteBuffer.allocate(placed.length()).order(ByteOrder.LITTLE_ENDIAN);
        int layout = placed.inline ? ErofsFormat.FLAT_INLINE : ErofsFormat.FLAT_PLAIN;
        to.putShort((short) (ErofsFormat.EXTENDED | layout << 1));
        to.putShort((short) ErofsXattrs.count(placed.xattrBytes));
        to.putShort((short) (ErofsFormat.fileType(placed.inode) | attributes.mode()));
        to.putShort((short) 0);
        to.putLong(placed.size);
        to.putInt(placed.inode instanceof Special special ? ErofsFormat.deviceNumber(special) : placed.firstBlock);
        to.putInt(placed.inode.index + 1);
        to.putInt(attributes.uid());
        to.putInt(attributes.gid());
        to.putLong(attributes.mtimeSeconds());
        to.putInt(attributes.mtimeNanos());
        to.putInt(placed.links);
        to.position(ErofsFormat.INODE_BYTES);
        ErofsXattrs.write(attributes.xattrs(), to);
        if (placed.inline) {
            to.put(tail(placed));
        }
        return to.array();
    }

    private byte[] tail(Placed placed) {
        return switch (placed.inode) {
            case Directory directory -> ErofsDirectory.data(directory, placed.parent, inode -> plan.of(inode).slot);
            case Symlink link -> link.target.getBytes(StandardCharsets.ISO_8859_1);
            case RegularFile _, Special _ -> throw new IllegalStateException("Only directories and links have a tail.");
        };
    }

    private void writeFile(RegularFile file) throws IOException {
        long start = out.position();
        for (Spool.Extent extent : file.extents) {
            out.padTo(start + extent.fileOffset());
            out.copy(spool, extent.spoolOffset(), extent.length());
        }
        out.padTo(start + file.size);
        out.padToBlock();
    }
}
