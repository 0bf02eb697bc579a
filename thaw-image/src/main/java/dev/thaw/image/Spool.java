package dev.thaw.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A temporary file that holds the contents of a tree's files until they are written in their final order. */
final class Spool implements AutoCloseable {
    private final FileChannel channel;
    private long end;

    /** Where a run of a file's bytes lies in the spool. */
    record Extent(long fileOffset, long spoolOffset, long length) {}

    Spool(Path file) throws IOException {
        channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    /** Appends bytes; returns where the first of them lies. */
    long append(byte[] bytes, int length) throws IOException {
        long at = end;
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        while (buffer.hasRemaining()) {
            end += channel.write(buffer, end);
        }
        return at;
    }

    /** Where the next byte will lie. */
    long end() {
        return end;
    }

    /** Fills {@code to} from the spool. */
    void read(long offset, ByteBuffer to) throws IOException {
        long at = offset;
        while (to.hasRemaining()) {
            int read = channel.read(to, at);
            if (read < 0) {
                throw new IOException("The spool ends at " + at + ", before what was written to it.");
            }
            at += read;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
