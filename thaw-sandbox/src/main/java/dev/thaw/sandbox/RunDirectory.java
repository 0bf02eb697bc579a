package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of one VMM's sockets. It is the daemon's; the VMM's group may pass through it but not list or change it, so that a VMM can put no socket of its own in
 * the place of one that the daemon connects to.
 */
final class RunDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RunDirectory.class);

    /** {@code sun_path} holds 108 bytes with its terminator. */
    private static final int LONGEST_SOCKET_PATH = 107;

    private final Path path;
    private final VmmUser user;
    private final VmmUsers users;

    private RunDirectory(Path path, VmmUser user, VmmUsers users) {
        this.path = path;
        this.user = user;
        this.users = users;
    }

    static RunDirectory create(Path parent, String id, VmmUsers users) throws SandboxException {
        requireNonNull(parent, "parent is null");
        Path path = parent.resolve(id);
        requireShort(path);
        VmmUser user = users.take();
        try {
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x---")));
            if (user.separate()) {
                Files.setAttribute(path, "unix:gid", user.uid());
            }
            return new RunDirectory(path, user, users);
        } catch (IOException e) {
            users.giveBack(user);
            throw new SandboxException(Code.HOST, path + " cannot be made: " + e, e);
        }
    }

    private static void requireShort(Path directory) throws SandboxException {
        if (directory.resolve(QemuCommand.LAUNCHER_SOCKET).toString().length() > LONGEST_SOCKET_PATH) {
            throw new SandboxException(
                    Code.HOST,
                    "The run directory's name is too long for unix sockets: " + directory.getParent()
                            + ". Choose a shorter one with --run.");
        }
    }

    /** One that an earlier daemon made for a VMM that runs; its user is taken. */
    static RunDirectory of(Path path, int uid, VmmUsers users) {
        return new RunDirectory(path, users.take(uid), users);
    }

    /** The same under another name; this one is of no more use. Sockets in it go on listening. */
    RunDirectory rename(String id) throws SandboxException {
        Path renamed = path.resolveSibling(id);
        requireShort(renamed);
        try {
            Files.move(path, renamed, StandardCopyOption.ATOMIC_MOVE);
            return new RunDirectory(renamed, user, users);
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, path + " cannot be renamed: " + e, e);
        }
    }

    Path path() {
        return path;
    }

    VmmUser user() {
        return user;
    }

    /** Leaves it to the next daemon. */
    void letGo() {
        users.giveBack(user);
    }

    @Override
    public void close() {
        delete(path);
        users.giveBack(user);
    }

    /** Removes a VMM's folder, now or after a daemon that could not. */
    static void delete(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (NoSuchFileException e) {
            log.debug("{} is gone already", directory);
        } catch (IOException e) {
            log.warn("{} cannot be removed", directory, e);
        }
    }

    /** The folders that VMMs of earlier daemons left. */
    static List<Path> leftovers(Path parent) throws IOException {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.filter(Files::isDirectory).toList();
        }
    }
}
