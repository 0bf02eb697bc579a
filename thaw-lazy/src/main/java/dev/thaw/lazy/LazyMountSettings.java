package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.DataSize;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where a mount lies and how it is read.
 *
 * @param directory for the mount point, the holder's socket and records; this mount's alone, at most 80 bytes long, lost with a restart of the machine at best
 * @param programDirectory for the holder's program: not on a file system without execution
 * @param readAheadBytes how much the kernel reads around what is asked for. Zero: nothing, each block is a request of its own
 * @param longestReadBytes the most that the kernel asks for at once: a block in it is there when all of it is
 * @param readers threads, and descriptors, that take requests; an adopted mount has those that it was made with
 * @param pushQueueBytes how much may wait to be pushed
 * @param readPatience after which a read that its source has not answered fails
 * @param closePatience how long closing waits for those who have files open, before they get I/O errors
 * @param holderPatience how long the holder waits for a next daemon before it looks whether anybody uses the mount
 */
public record LazyMountSettings(
        Path directory,
        Path programDirectory,
        int readAheadBytes,
        int longestReadBytes,
        int readers,
        int pushQueueBytes,
        Duration readPatience,
        Duration closePatience,
        Duration holderPatience) {
    private static final int MOST_READERS = 16;
    private static final int LONGEST_DIRECTORY = 80;

    public LazyMountSettings {
        requireNonNull(directory, "directory is null");
        requireNonNull(programDirectory, "programDirectory is null");
        requireNonNull(readPatience, "readPatience is null");
        requireNonNull(closePatience, "closePatience is null");
        requireNonNull(holderPatience, "holderPatience is null");
        blocks("readAheadBytes", readAheadBytes, 0, 16 << 20);
        blocks("longestReadBytes", longestReadBytes, ImageSource.BLOCK_BYTES, FuseProtocol.LONGEST_READ);
        blocks("pushQueueBytes", pushQueueBytes, Pusher.PIECE_BYTES, 1 << 30);
        if (readers < 1 || readers > MOST_READERS) {
            throw new IllegalArgumentException("readers is " + readers + ": use 1 to " + MOST_READERS);
        }
        if (directory.toString().length() > LONGEST_DIRECTORY) {
            throw new IllegalArgumentException(
                    directory + " is too long for a socket's path: use at most " + LONGEST_DIRECTORY + " bytes");
        }
    }

    private static void blocks(String what, int bytes, int least, int most) {
        if (bytes < least || bytes > most || bytes % ImageSource.BLOCK_BYTES != 0) {
            throw new IllegalArgumentException(what + " is " + bytes + ": use a multiple of " + ImageSource.BLOCK_BYTES
                    + " from " + least + " to " + most);
        }
    }

    private static LazyMountSettings of(
            Path directory, Path programDirectory, int readAheadBytes, int longestReadBytes) {
        return new LazyMountSettings(
                directory,
                programDirectory,
                readAheadBytes,
                longestReadBytes,
                Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8),
                (int) DataSize.ofMebibytes(8).bytes(),
                Duration.ofSeconds(60),
                Duration.ofSeconds(2),
                Duration.ofSeconds(60));
    }

    /** For guest memory: a fault reads around itself what one frame of the store holds anyway. */
    public static LazyMountSettings forMemory(Path directory, Path programDirectory) {
        return of(directory, programDirectory, 64 << 10, 64 << 10);
    }

    /**
     * For root file systems, whose guests read up to 128 KiB at once: with readahead the kernel asks for what is lacking of it by one request, without by one for each block. What comes
     * after is fetched ahead by the image itself.
     */
    public static LazyMountSettings forDisk(Path directory, Path programDirectory) {
        return of(directory, programDirectory, 128 << 10, 128 << 10);
    }

    /** For recording: only what is wanted is read, and heard. */
    public static LazyMountSettings forRecording(Path directory, Path programDirectory) {
        return of(directory, programDirectory, 0, 64 << 10);
    }

    /** The same at another place. */
    LazyMountSettings at(Path place) {
        return new LazyMountSettings(
                place,
                programDirectory,
                readAheadBytes,
                longestReadBytes,
                readers,
                pushQueueBytes,
                readPatience,
                closePatience,
                holderPatience);
    }

    public LazyMountSettings withReadAhead(int bytes) {
        return new LazyMountSettings(
                directory,
                programDirectory,
                bytes,
                longestReadBytes,
                readers,
                pushQueueBytes,
                readPatience,
                closePatience,
                holderPatience);
    }

    public LazyMountSettings withReaders(int count) {
        return new LazyMountSettings(
                directory,
                programDirectory,
                readAheadBytes,
                longestReadBytes,
                count,
                pushQueueBytes,
                readPatience,
                closePatience,
                holderPatience);
    }

    public LazyMountSettings withPatience(Duration forReads, Duration forClosing, Duration forHolder) {
        return new LazyMountSettings(
                directory,
                programDirectory,
                readAheadBytes,
                longestReadBytes,
                readers,
                pushQueueBytes,
                forReads,
                forClosing,
                forHolder);
    }

    Path mountPoint() {
        return directory.resolve("files");
    }

    Path socket() {
        return directory.resolve("holder");
    }

    Path records() {
        return directory.resolve("nodes");
    }
}
