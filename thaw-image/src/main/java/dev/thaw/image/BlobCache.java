package dev.thaw.image;

import dev.thaw.image.ProgressListener.Progress;
import dev.thaw.image.ProgressListener.Stage;
import dev.thaw.store.DataSize;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers as they were fetched, so that images which share some fetch them once. A blob is whole and verified, or a part
 * that the next fetch goes on with. What is kept beyond use is bounded, least recently used first; what a resolution uses
 * stays until it is done.
 */
final class BlobCache {
    private static final Logger LOG = LoggerFactory.getLogger(BlobCache.class);
    private static final String PART = ".part";

    /** Brings a blob's bytes into a file, going on behind what is there. */
    @FunctionalInterface
    interface Fetch {
        void into(Path file, ProgressListener listener) throws IOException, InterruptedException;
    }

    private final Path directory;
    private final DataSize kept;
    private final Clock clock;
    private final Flights<Digest, Path> fetching = new Flights<>("blob");
    private final Map<Digest, Integer> pins = new HashMap<>(); // guarded by this

    /** @param directory emptied of parts, which an earlier process left */
    static BlobCache open(Path directory, DataSize kept, Clock clock) throws IOException {
        Files.createDirectories(directory);
        BlobCache cache = new BlobCache(directory, kept, clock);
        for (Path part : cache.files()) {
            if (part.toString().endsWith(PART)) {
                Files.delete(part);
            }
        }
        cache.trim();
        return cache;
    }

    private BlobCache(Path directory, DataSize kept, Clock clock) {
        this.directory = directory;
        this.kept = kept;
        this.clock = clock;
    }

    /** Keeps a blob from now on until {@link #unpin}, whether it is here already or not. */
    synchronized void pin(Digest digest) {
        pins.merge(digest, 1, Integer::sum);
    }

    synchronized void unpin(Digest digest) {
        pins.merge(digest, -1, (now, change) -> now + change == 0 ? null : now + change);
    }

    /** The file of a blob that the caller has pinned; fetched unless it is here. */
    Path get(Digest digest, ProgressListener listener, Fetch fetch) throws IOException, InterruptedException {
        return fetching.run(digest, listener, shared -> {
            Path file = path(digest);
            if (!holds(file, digest)) {
                Path part = directory.resolve(file.getFileName() + PART);
                fetch.into(part, shared);
                ImageRecord.force(part);
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
            shared.onProgress(new Progress(Stage.FETCH, Files.size(file), Files.size(file)));
            return file;
        });
    }

    /** Whether the blob is here; one whose bytes have gone wrong on the disk is not. */
    private static boolean holds(Path file, Digest digest) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        MessageDigest hasher = Digest.hasher();
        try (InputStream in = Files.newInputStream(file)) {
            in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), hasher));
        }
        if (Digest.of(hasher).equals(digest)) {
            return true;
        }
        LOG.warn("A kept layer has gone wrong on the disk and is fetched anew: blob={}", digest);
        Files.delete(file);
        return false;
    }

    /** Deletes what is beyond the bound and not in use. */
    synchronized void trim() throws IOException {
        record Kept(Path file, long bytes, FileTime used) {}
        List<Kept> all = new ArrayList<>();
        long total = 0;
        for (Path file : files()) {
            try {
                Kept one = new Kept(file, Files.size(file), Files.getLastModifiedTime(file));
                all.add(one);
                total += one.bytes();
            } catch (NoSuchFileException e) {
                // A part that has just become a whole blob; it is in use.
                continue;
            }
        }
        all.sort(Comparator.comparing(Kept::used));
        for (Kept one : all) {
            if (total <= kept.bytes()) {
                return;
            }
            Digest digest = new Digest(one.file().getFileName().toString().replace(PART, ""));
            if (!pins.containsKey(digest) && !fetching.isRunning(digest)) {
                Files.deleteIfExists(one.file());
                total -= one.bytes();
            }
        }
    }

    private Path path(Digest digest) {
        return directory.resolve(digest.hex());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(it -> it.getFileName().toString().matches("[0-9a-f]{64}(\\.part)?"))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    void close() {
        fetching.close();
    }
}
