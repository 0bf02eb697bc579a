package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Objects as files in a directory, which several processes may use at once, also over a network file system with
 * POSIX locks.
 *
 * <h2>A write</h2>
 *
 * The bytes go to a file of their own under {@code .incoming}, are flushed to the disk, and then get their name: by a
 * hard link where nothing may be there yet, for that fails when somebody else was first; else by a rename, under the
 * key's lock. Folders are flushed too, so that what a caller was told is true after a power cut.
 *
 * <h2>What is left over</h2>
 *
 * A process that dies while it writes leaves a file under {@code .incoming}. {@link #open} removes those that are
 * older than any write takes.
 */
public final class FileObjectStore implements ObjectStore {
    private static final Duration LONGEST_WRITE = Duration.ofHours(24);
    private static final int BUFFER_BYTES = 1 << 20;

    /** Others may remove the folder that we just made, since it is empty; not for ever. */
    private static final int FOLDER_ATTEMPTS = 100;

    /** Whether writes wait for the disk. */
    public enum Durability {
        /** A write that returned survives a power cut. */
        POWER_CUT,
        /** A write that returned survives the end of the process, but perhaps not that of the machine. */
        PROCESS_END
    }

    private final Path root;
    private final Path incoming;
    private final FileLocks locks;
    private final Durability durability;

    private FileObjectStore(Path root, Durability durability) {
        this.root = root;
        this.incoming = root.resolve(".incoming");
        this.locks = new FileLocks(root.resolve(".locks"));
        this.durability = requireNonNull(durability, "durability is null");
    }

    /**
     * Opens a directory, made where it is not there, as a store.
     *
     * @throws StoreException DENIED when it is not a directory that can be written
     */
    public static FileObjectStore open(Path directory, Durability durability) throws StoreException {
        FileObjectStore store = new FileObjectStore(directory.toAbsolutePath().normalize(), durability);
        try {
            Files.createDirectories(store.incoming);
            Files.createDirectories(store.locks.directory());
            store.sweep(Instant.now().minus(LONGEST_WRITE));
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.DENIED,
                    "The store's directory " + directory + " cannot be used: " + FileErrors.text(e)
                            + ". Give a directory that this user may write.",
                    e);
        }
        return store;
    }

    private void sweep(Instant before) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(incoming)) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    @Override
    public String put(String key, Body body, Condition condition, Cancellation cancellation) throws StoreException {
        Path target = path(key);
        cancellation.check();
        requireNoFolderConflict(key, target);
        try {
            if (condition instanceof Condition.Absent && Files.exists(target)) {
                throw precondition(key, "is there already");
            }
            Path written = write(key, body, cancellation);
            try {
                String version = FileObject.info(key, written).version();
                commit(key, written, target, condition);
                return version;
            } finally {
                Files.deleteIfExists(written);
            }
        } catch (IOException e) {
            throw FileErrors.storeException("write " + key + " to " + location(), e);
        }
    }

    private void requireNoFolderConflict(String key, Path target) throws StoreException {
        Path folder = requireNonNull(target.getParent());
        while (!Files.exists(folder)) {
            folder = requireNonNull(folder.getParent());
        }
        if (Files.isDirectory(target) || !Files.isDirectory(folder)) {
            throw new StoreException(
                    StoreException.Code.INVALID,
                    key + " cannot be stored: no key may be a folder of another, and there is one already.");
        }
    }

    private Path write(String key, Body body, Cancellation cancellation) throws IOException {
        Path file = incoming.resolve(UUID.randomUUID().toString());
        boolean done = false;
        try (ReadableByteChannel in = new SourceChannel(key, body);
                FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            // One byte more than is announced, to see a body that is longer.
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, body.lengthBytes() + 1));
            while (in.read(buffer.clear()) >= 0) {
                cancellation.check();
                buffer.flip();
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
            if (durability == Durability.POWER_CUT) {
                out.force(true);
            }
            done = true;
            return file;
        } finally {
            if (!done) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void commit(String key, Path written, Path target, Condition condition) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Optional<Path> made = makeFolder(target);
            try {
                name(key, written, target, condition);
                flushFolders(target, made);
                return;
            } catch (NoSuchFileException e) {
                if (attempt == FOLDER_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private void name(String key, Path written, Path target, Condition condition) throws IOException {
        if (condition instanceof Condition.Absent) {
            try {
                Files.createLink(target, written);
            } catch (FileAlreadyExistsException e) {
                throw precondition(key, "is there already");
            }
            return;
        }
        try (FileLocks.Held _ = locks.lock(key)) {
            if (condition instanceof Condition.Matches(String version)
                    && !version.equals(currentVersion(key, target))) {
                throw precondition(key, "has been changed or removed by somebody else");
            }
            Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Empty when there is none. */
    private static String currentVersion(String key, Path target) throws IOException {
        try {
            return FileObject.info(key, target).version();
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** Makes the folder for a file; gives the deepest folder that was there before, when any was made. */
    private static Optional<Path> makeFolder(Path target) throws IOException {
        Path folder = requireNonNull(target.getParent());
        if (Files.isDirectory(folder)) {
            return Optional.empty();
        }
        Path existing = folder;
        while (!Files.isDirectory(existing)) {
            existing = requireNonNull(existing.getParent());
        }
        Files.createDirectories(folder);
        return Optional.of(existing);
    }

    private void flushFolders(Path target, Optional<Path> made) throws IOException {
        if (durability != Durability.POWER_CUT) {
            return;
        }
        Path folder = requireNonNull(target.getParent());
        Path last = made.orElse(folder);
        flush(folder);
        while (!folder.equals(last)) {
            folder = requireNonNull(folder.getParent());
            flush(folder);
        }
    }

    private static void flush(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public ObjectReader get(String key, ByteRange range, Cancellation cancellation) throws StoreException {
        Path path = path(key);
        cancellation.check();
        try {
            return FileObject.open(key, path).reader(range, cancellation);
        } catch (IOException e) {
            throw FileErrors.storeException("read " + key + " from " + location(), e);
        }
    }

    @Override
    public ObjectInfo head(String key, Cancellation cancellation) throws StoreException {
        Path path = path(key);
        cancellation.check();
        try {
            return FileObject.info(key, path);
        } catch (IOException e) {
            throw FileErrors.storeException("look at " + key + " in " + location(), e);
        }
    }

    @Override
    public void list(String prefix, Consumer<ListedObject> each, Cancellation cancellation) throws StoreException {
        ObjectKeys.checkPrefix(prefix);
        int lastSlash = prefix.lastIndexOf('/');
        String folder = prefix.substring(0, lastSlash + 1);
        try {
            new FileListing(prefix, each, cancellation).walk(root.resolve(folder), folder);
        } catch (IOException e) {
            throw FileErrors.storeException("list " + prefix + " in " + location(), e);
        }
    }

    @Override
    public void delete(String key, Cancellation cancellation) throws StoreException {
        Path path = path(key);
        cancellation.check();
        try (FileLocks.Held _ = locks.lock(key)) {
            Files.deleteIfExists(path);
            removeEmptyFolders(requireNonNull(path.getParent()));
        } catch (IOException e) {
            throw FileErrors.storeException("delete " + key + " from " + location(), e);
        }
    }

    private void removeEmptyFolders(Path deepest) throws IOException {
        try {
            for (Path folder = deepest; !folder.equals(root); folder = requireNonNull(folder.getParent())) {
                Files.deleteIfExists(folder);
            }
        } catch (DirectoryNotEmptyException e) {
            return; // others live there
        }
    }

    @Override
    public String location() {
        return "file:" + root;
    }

    @Override
    public void close() {
        // Nothing is held between calls.
    }

    private Path path(String key) throws StoreException {
        return root.resolve(ObjectKeys.check(key));
    }

    private static StoreException precondition(String key, String what) {
        return new StoreException(StoreException.Code.PRECONDITION_FAILED, key + " " + what + ".");
    }
}
