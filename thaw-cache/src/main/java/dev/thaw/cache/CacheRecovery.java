package dev.thaw.cache;

import dev.thaw.store.Manifest;
import dev.thaw.store.ManifestCodec;
import dev.thaw.store.Part;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds the index from what lies on the disk, and removes what belongs to no whole snapshot. Reads no part. */
final class CacheRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(CacheRecovery.class);

    private final CacheFiles files;
    private final CacheIndex index;

    CacheRecovery(CacheFiles files, CacheIndex index) {
        this.files = files;
        this.index = index;
    }

    void run() throws IOException {
        for (Path file : files.manifests()) {
            Optional<Manifest> manifest = read(file);
            if (manifest.isPresent()) {
                addIfWhole(file, manifest.get());
            } else {
                Files.delete(file);
            }
        }
        sweepParts();
        for (Path mark : files.keepMarks()) {
            if (!isKnown(stem(mark))) {
                Files.delete(mark);
            }
        }
    }

    private boolean isKnown(String hex) {
        return index.byLastUse().stream().anyMatch(snapshot -> snapshot.id.hex().equals(hex));
    }

    private static Optional<Manifest> read(Path file) throws IOException {
        try {
            Manifest manifest = ManifestCodec.decode(Files.readAllBytes(file));
            if (manifest.id().hex().equals(stem(file))) {
                return Optional.of(manifest);
            }
            LOG.warn("A manifest in the cache is not the one that its name says file={}", file);
        } catch (StoreException e) {
            LOG.warn("A manifest in the cache cannot be read file={} reason={}", file, e.getMessage());
        }
        return Optional.empty();
    }

    private static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(0, name.indexOf('.'));
    }

    private void addIfWhole(Path file, Manifest manifest) throws IOException {
        for (Part part : manifest.parts()) {
            Path partFile = files.part(part);
            if (!Files.isRegularFile(partFile) || Files.size(partFile) != part.sizeBytes()) {
                LOG.warn("A snapshot in the cache lacks a part snapshot={} part={}", manifest.id(), part);
                Files.delete(file);
                return;
            }
        }
        List<CachedPart> parts = new ArrayList<>();
        for (Part part : manifest.parts()) {
            parts.add(partAt(part));
        }
        index.add(new CachedManifest(
                manifest,
                parts,
                files.readKeep(manifest.id()),
                Files.getLastModifiedTime(file).toInstant()));
    }

    private CachedPart partAt(Part part) throws IOException {
        Optional<CachedPart> known = index.part(part);
        if (known.isPresent()) {
            return known.get();
        }
        Path file = files.part(part);
        CachedPart found = new CachedPart(part, file, AllocatedBytes.of(file), null);
        index.add(found, 0);
        return found;
    }

    private void sweepParts() throws IOException {
        Set<Path> known = new HashSet<>();
        for (CachedManifest snapshot : index.byLastUse()) {
            snapshot.parts.forEach(part -> known.add(part.file));
        }
        for (Path file : files.partFiles()) {
            if (!known.contains(file)) {
                Files.delete(file);
            }
        }
    }
}
