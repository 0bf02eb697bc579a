package dev.thaw.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Copies a guest's memory as fast as it can be read, without its zero blocks, for the guest stands still meanwhile. What it holds is verified later. */
public final class SparseCopy {
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int BLOCK_BYTES = 4 << 10;

    private SparseCopy() {}

    /** @param to an empty file; gets the size of {@code from}, with holes where that is zero */
    public static void copy(Path from, Path to) throws IOException {
        ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
        ByteBuffer zeros = ByteBuffer.allocateDirect(BLOCK_BYTES);
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel target = FileChannel.open(to, StandardOpenOption.WRITE)) {
            long size = source.size();
            for (long at = 0; at < size; at += window.limit()) {
                window.clear();
                while (window.hasRemaining() && source.read(window, at + window.position()) >= 0) {
                    // Fills the window, or reads up to the end.
                }
                window.flip();
                if (!window.hasRemaining()) {
                    throw new IOException(from + " ends at " + at + " of " + size + " bytes.");
                }
                writeRuns(window, zeros, target, at);
            }
            long written = target.size();
            if (written < size) {
                // One byte at the end gives the file its size; what lies before it is a hole.
                target.write(ByteBuffer.allocate(1), size - 1);
            }
        }
    }

    /** Writes each longest run of blocks that are not zero. */
    private static void writeRuns(ByteBuffer window, ByteBuffer zeros, FileChannel target, long at) throws IOException {
        int end = window.limit();
        int run = -1;
        for (int block = 0; block < end; block += BLOCK_BYTES) {
            int length = Math.min(BLOCK_BYTES, end - block);
            boolean zero = window.slice(block, length).mismatch(zeros.slice(0, length)) < 0;
            if (zero && run >= 0) {
                write(window.slice(run, block - run), target, at + run);
                run = -1;
            } else if (!zero && run < 0) {
                run = block;
            }
        }
        if (run >= 0) {
            write(window.slice(run, end - run), target, at + run);
        }
    }

    private static void write(ByteBuffer bytes, FileChannel target, long at) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            position += target.write(bytes, position);
        }
    }
}
