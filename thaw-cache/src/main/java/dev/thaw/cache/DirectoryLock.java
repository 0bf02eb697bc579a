package dev.thaw.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** That a cache's directory is one process's, and one cache's, alone: a lock on the file {@code lock} in it. */
public final class DirectoryLock implements AutoCloseable {
    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws CacheException UNUSABLE when somebody else has it */
    public static DirectoryLock take(Path directory) throws IOException, CacheException {
        FileChannel channel =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            taken = isTaken(channel);
        } finally {
            if (!taken) {
                channel.close();
            }
        }
        if (!taken) {
            throw new CacheException(
                    CacheException.Code.UNUSABLE,
                    "The cache " + directory
                            + " is in use by another daemon. Stop it, or give this one another directory.");
        }
        return new DirectoryLock(channel);
    }

    private static boolean isTaken(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock(); // given back with the channel
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
