package dev.thaw.lazy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An image that lies on this host as a plain file, outside of any mount of ours: for recording what is touched of it. */
final class FileImageSource implements ImageSource {
    private static final Logger log = LoggerFactory.getLogger(FileImageSource.class);

    private final FileChannel file;
    private final long sizeBytes;

    FileImageSource(Path file) throws IOException {
        this.file = FileChannel.open(file, StandardOpenOption.READ);
        this.sizeBytes = this.file.size();
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void read(long offset, int length, ReadAnswer answer) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try {
            while (bytes.hasRemaining()) {
                if (file.read(bytes, offset + bytes.position()) < 0) {
                    throw new IOException("The image ended at " + (offset + bytes.position()) + ".");
                }
            }
            answer.bytes(MemorySegment.ofArray(bytes.array()));
        } catch (IOException e) {
            answer.failed(e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            log.warn("A recorded image could not be closed", e);
        }
    }
}
