package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.function.Consumer;

/** A file written from front to back in blocks, hashed on the way, in which runs of zeros become holes. */
final class BlockOutput implements AutoCloseable {
    private static final int BUFFER = 256 << 10;

    private final FileChannel channel;
    private final Consumer<byte[]> beginning;
    private final MessageDigest hasher = Digest.hasher();
    private final byte[] buffer = new byte[BUFFER];
    private int used;
    private long flushed;

    /** @param beginning may change the file's first blocks just before they are written */
    BlockOutput(Path file, Consumer<byte[]> beginning) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.beginning = beginning;
    }

    long position() {
        return flushed + used;
    }

    void write(byte[] bytes) throws IOException {
        int at = 0;
        while (at < bytes.length) {
            int length = Math.min(bytes.length - at, room());
            System.arraycopy(bytes, at, buffer, used, length);
            used += length;
            at += length;
        }
    }

    void copy(Spool spool, long offset, long length) throws IOException {
        long left = length;
        while (left > 0) {
            int part = (int) Math.min(left, room());
            spool.read(offset + length - left, ByteBuffer.wrap(buffer, used, part));
            used += part;
            left -= part;
        }
    }

    /** Zeros up to {@code position}, which is not before the current one. */
    void padTo(long position) throws IOException {
        long left = position - position();
        if (left < 0) {
            throw new IllegalArgumentException("Position " + position + " is written already.");
        }
        while (left > 0) {
            int part = (int) Math.min(left, room());
            java.util.Arrays.fill(buffer, used, used + part, (byte) 0);
            used += part;
            left -= part;
        }
    }

    void padToBlock() throws IOException {
        padTo(ErofsFormat.blocks(position()) * ErofsFormat.BLOCK);
    }

    private int room() throws IOException {
        if (used == BUFFER) {
            flush();
        }
        return BUFFER - used;
    }

    private void flush() throws IOException {
        if (flushed == 0) {
            beginning.accept(buffer);
        }
        hasher.update(buffer, 0, used);
        int from = 0;
        while (from < used) {
            boolean hole = isZero(from);
            int to = from;
            while (to < used && isZero(to) == hole) {
                to = Math.min(used, to + ErofsFormat.BLOCK);
            }
            if (!hole) {
                write(from, to);
            }
            from = to;
        }
        flushed += used;
        used = 0;
    }

    private void write(int from, int to) throws IOException {
        ByteBuffer part = ByteBuffer.wrap(buffer, from, to - from);
        while (part.hasRemaining()) {
            channel.write(part, flushed + part.position());
        }
    }

    private boolean isZero(int from) {
        int to = Math.min(used, from + ErofsFormat.BLOCK);
        for (int i = from; i < to; i++) {
            if (buffer[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Writes what is left, makes the file as long as its last hole, and forces it to the disk. */
    Digest finish() throws IOException {
        flush();
        // A hole at the end has not made the file longer yet.
        if (channel.size() < flushed) {
            channel.write(ByteBuffer.wrap(new byte[1]), flushed - 1);
        }
        channel.force(true);
        return Digest.of(hasher);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
