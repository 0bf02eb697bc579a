package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotCompanion.BlockReader;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;

/** Blocks of a snapshot's parts that lie in files. */
public final class PartBlocks implements BlockReader, AutoCloseable {
    private final Map<PartKind, FileChannel> files = new EnumMap<>(PartKind.class);

    public PartBlocks(Map<PartKind, Path> files) throws IOException {
        boolean done = false;
        try {
            for (Map.Entry<PartKind, Path> file : files.entrySet()) {
                this.files.put(file.getKey(), FileChannel.open(file.getValue(), StandardOpenOption.READ));
            }
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    @Override
    public int read(HotBlock block, byte[] target, int offset) throws IOException {
        PartKind kind = SnapshotImages.part(block.part());
        FileChannel file = requireNonNull(files.get(kind), "there is no file of this part");
        ByteBuffer bytes = ByteBuffer.wrap(target, offset, Blocks.BYTES);
        long at = (long) block.block() * Blocks.BYTES;
        int count;
        while (bytes.hasRemaining() && (count = file.read(bytes, at)) >= 0) {
            at += count;
        }
        if (bytes.position() == offset) {
            throw new IOException("Block " + block.block() + " is beyond the end of the " + kind.label() + ".");
        }
        return bytes.position() - offset;
    }

    @Override
    public void close() throws IOException {
        for (FileChannel file : files.values()) {
            file.close();
        }
    }
}
