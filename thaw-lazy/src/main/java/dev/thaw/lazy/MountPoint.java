package dev.thaw.lazy;

import dev.thaw.lazy.LazyException.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a mount lies: its folder, and what the system says of it under /proc and /sys. */
final class MountPoint {
    private static final Logger log = LoggerFactory.getLogger(MountPoint.class);
    private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");
    private static final Path BACKING = Path.of("/sys/class/bdi");

    private final LazyMountSettings settings;

    private MountPoint(LazyMountSettings settings) {
        this.settings = settings;
    }

    /** By its real path, which is the one that the system knows. */
    static MountPoint at(LazyMountSettings settings) throws IOException {
        Path directory = Files.createDirectories(settings.directory().toAbsolutePath());
        return new MountPoint(settings.at(directory.toRealPath()));
    }

    LazyMountSettings settings() {
        return settings;
    }

    Path mountPoint() {
        return settings.mountPoint();
    }

    /** Removes what a daemon and its holder left that were both killed. Their mount is dead: the last descriptor went with them. */
    void sweep() throws IOException {
        int left = MountTable.devicesAt(mountPoint()).size();
        for (int i = 0; i < left; i++) {
            log.warn("Removing a left mount at {}", mountPoint());
            int errno = Linux.unmount(mountPoint(), Linux.MNT_DETACH | Linux.UMOUNT_NOFOLLOW);
            if (errno != 0) {
                throw new LazyException(
                        Code.HOST, "A left mount at " + mountPoint() + " cannot be removed: errno " + errno);
            }
        }
        Files.deleteIfExists(settings.socket());
        Files.createDirectories(mountPoint());
    }

    /** The kernel agrees to at most 128 KiB by itself. Must precede the opening of files: each takes what holds then. */
    void setReadAhead() throws IOException {
        List<String> devices = MountTable.devicesAt(mountPoint());
        if (devices.isEmpty()) {
            throw new LazyException(Code.CLOSED, "The mount at " + mountPoint() + " was removed from outside.");
        }
        Path file = BACKING.resolve(devices.getLast()).resolve("read_ahead_kb");
        try {
            Files.writeString(file, settings.readAheadBytes() / 1024 + "\n", StandardCharsets.US_ASCII);
        } catch (IOException e) {
            log.warn("{} cannot be written: the kernel reads ahead at most 128 KiB", file, e);
        }
    }

    void unmount() {
        int errno = Linux.unmount(mountPoint(), Linux.MNT_DETACH | Linux.UMOUNT_NOFOLLOW);
        if (errno == Linux.EINVAL) {
            log.warn("{} was unmounted from outside", mountPoint());
        } else if (errno != 0) {
            log.error("{} cannot be unmounted: errno {}", mountPoint(), errno);
        }
    }

    /** The file through which the kernel can be told to end the connection; to be asked for before unmounting. It is not on every host. */
    Path abortFile() {
        try {
            List<String> devices = MountTable.devicesAt(mountPoint());
            if (!devices.isEmpty()) {
                String device = devices.getLast();
                return CONNECTIONS
                        .resolve(device.substring(device.indexOf(':') + 1))
                        .resolve("abort");
            }
        } catch (IOException e) {
            log.warn("The mounts of this process cannot be read", e);
        }
        return CONNECTIONS.resolve("none").resolve("abort");
    }

    static void abort(Path abortFile) {
        try {
            Files.writeString(abortFile, "1", StandardCharsets.US_ASCII);
        } catch (NoSuchFileException e) {
            log.debug("{} is not here; the connection ends with its last descriptor", abortFile, e);
        } catch (IOException e) {
            log.warn("{} cannot be written; the connection ends with its last descriptor", abortFile, e);
        }
    }

    /** The folder, once nothing is mounted there. */
    void remove() {
        try {
            Files.deleteIfExists(settings.socket());
            Files.deleteIfExists(mountPoint());
            Files.deleteIfExists(settings.records());
            Files.deleteIfExists(settings.directory());
        } catch (IOException e) {
            log.warn("The folder of a mount cannot be removed: {}", e.toString());
        }
    }
}
