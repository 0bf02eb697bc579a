package dev.thaw.store.object;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * One object of a {@link FileObjectStore}, opened. Its version is, up to {@link #MAX_HASHED_BYTES}, the digest of its
 * bytes, as S3's entity tags are; of a larger one its size, time and inode, since those are only written once.
 */
record FileObject(ObjectInfo info, FileChannel channel) {
    /** Documents are below, parts above. */
    private static final long MAX_HASHED_BYTES = 1 << 20;

    /** @throws NoSuchFileException when there is none */
    static ObjectInfo info(String key, Path path) throws IOException {
        FileObject object = open(key, path);
        object.channel.close();
        return object.info;
    }

    static FileObject open(String key, Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) {
            throw new NoSuchFileException(path.toString());
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean done = false;
        try {
            long size = channel.size();
            String version = size <= MAX_HASHED_BYTES
                    ? contentVersion(channel)
                    : size + "-" + attributes.lastModifiedTime().toInstant().toEpochMilli() + "-"
                            + attributes.fileKey();
            done = true;
            return new FileObject(
                    new ObjectInfo(
                            key, size, version, attributes.lastModifiedTime().toInstant()),
                    channel);
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    private static String contentVersion(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
            // goes on until the buffer is full
        }
        return Digest.of(bytes.array()).hex();
    }

    /** Takes over the channel. */
    ObjectReader reader(ByteRange range, Cancellation cancellation) throws IOException {
        try {
            long length = range.lengthWithin(info.key(), info.sizeBytes());
            channel.position(range.offset());
            return new ChannelObjectReader(info, length, channel, cancellation);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }
}
