package dev.thaw.cache;

import dev.thaw.store.Manifest;
import dev.thaw.store.ManifestCodec;
import dev.thaw.store.Part;
import dev.thaw.store.PartKind;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.FileErrors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The files of a cache.
 *
 * <pre>
 * lock                      held by the process that has the cache open
 * incoming/&lt;uuid&gt;           being written, or being removed; swept when the cache is opened
 * parts/&lt;kind&gt;/&lt;digest&gt;.&lt;domain&gt;  whole and verified when they were named
 * snapshots/&lt;id&gt;.json       the manifest, written after all its parts; its time is that of the last use
 * snapshots/&lt;id&gt;.keep       there when the snapshot is kept by hand
 * </pre>
 */
final class CacheFiles implements AutoCloseable {
    private static final String MANIFEST = ".json";
    private static final String KEEP = ".keep";

    private final Path incoming;
    private final Path parts;
    private final Path snapshots;
    private final DirectoryLock lock;

    private CacheFiles(Path directory, DirectoryLock lock) {
        this.incoming = directory.resolve("incoming");
        this.parts = directory.resolve("parts");
        this.snapshots = directory.resolve("snapshots");
        this.lock = lock;
    }

    /** Makes what is not there, takes the lock and removes what a predecessor left half-written. */
    static CacheFiles open(Path directory) throws IOException, CacheException {
        Files.createDirectories(directory);
        DirectoryLock lock = DirectoryLock.take(directory);
        boolean done = false;
        try {
            CacheFiles files = new CacheFiles(directory.toAbsolutePath(), lock);
            files.prepare();
            done = true;
            return files;
        } finally {
            if (!done) {
                lock.close();
            }
        }
    }

    private void prepare() throws IOException {
        Files.createDirectories(incoming);
        Files.createDirectories(snapshots);
        for (PartKind kind : PartKind.values()) {
            Files.createDirectories(folder(kind));
        }
        for (Path leftover : children(incoming)) {
            Files.delete(leftover);
        }
    }

    private Path folder(PartKind kind) {
        return parts.resolve(kind.label());
    }

    Path part(Part part) {
        return folder(part.kind()).resolve(part.digest().hex() + "." + domainMark(part.trustDomain()));
    }

    /** Parts of two trust domains are two files, however alike: how soon one is here must not tell about the other. */
    private static String domainMark(String trustDomain) {
        return Digest.of(trustDomain.getBytes(StandardCharsets.UTF_8)).brief();
    }

    /** A name for a file to be written. */
    Path newFile() {
        return incoming.resolve(UUID.randomUUID().toString());
    }

    /** Gives a written file its part's name. */
    void commit(Path written, Part part) throws IOException {
        Files.move(written, part(part), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Takes a part's name away at once; the file itself, which may take longer, is for the caller to remove. */
    Path unname(Path part) throws IOException {
        Path nameless = newFile();
        Files.move(part, nameless, StandardCopyOption.ATOMIC_MOVE);
        return nameless;
    }

    void writeManifest(Digest id, Manifest manifest, Instant lastUsed) throws IOException {
        Path file = newFile();
        Files.write(file, ManifestCodec.encode(manifest));
        Files.setLastModifiedTime(file, FileTime.from(lastUsed));
        Files.move(file, snapshots.resolve(id.hex() + MANIFEST), StandardCopyOption.ATOMIC_MOVE);
    }

    void touchManifest(Digest id, Instant lastUsed) throws IOException {
        Files.setLastModifiedTime(snapshots.resolve(id.hex() + MANIFEST), FileTime.from(lastUsed));
    }

    void deleteManifest(Digest id) throws IOException {
        Files.deleteIfExists(snapshots.resolve(id.hex() + MANIFEST));
        Files.deleteIfExists(snapshots.resolve(id.hex() + KEEP));
    }

    void writeKeep(Digest id, boolean keep) throws IOException {
        Path file = snapshots.resolve(id.hex() + KEEP);
        if (keep) {
            Files.write(file, new byte[0]);
        } else {
            Files.deleteIfExists(file);
        }
    }

    boolean readKeep(Digest id) {
        return Files.exists(snapshots.resolve(id.hex() + KEEP));
    }

    List<Path> manifests() throws IOException {
        return children(snapshots).stream()
                .filter(file -> file.toString().endsWith(MANIFEST))
                .toList();
    }

    /** Everything that bears a part's name. */
    List<Path> partFiles() throws IOException {
        List<Path> files = new ArrayList<>();
        for (PartKind kind : PartKind.values()) {
            files.addAll(children(folder(kind)));
        }
        return files;
    }

    /** Keep marks whose manifests are gone. */
    List<Path> keepMarks() throws IOException {
        return children(snapshots).stream()
                .filter(file -> file.toString().endsWith(KEEP))
                .toList();
    }

    private static List<Path> children(Path folder) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(children::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return children;
    }

    /** The disk's failure as the cache reports it. */
    static CacheException failure(String doing, IOException e) {
        if (e instanceof CacheException already) {
            return already;
        }
        return FileErrors.isNoSpace(e)
                ? new CacheException(
                        CacheException.Code.DISK_FULL,
                        "Could not " + doing + ": the disk is full. Make room, or give the cache a lower bound.",
                        e)
                : new CacheException(
                        CacheException.Code.UNUSABLE, "Could not " + doing + ": " + FileErrors.text(e) + ".", e);
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
