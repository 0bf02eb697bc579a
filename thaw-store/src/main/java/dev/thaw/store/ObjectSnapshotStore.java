package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots in an object store, each part a whole object named by its digest.
 *
 * <pre>
 * pointers/&lt;identity&gt;/&lt;fit&gt;   changes, conditionally; carries the manifest
 * manifests/&lt;digest&gt;         never changes
 * parts/&lt;dd&gt;/&lt;digest&gt;        never changes
 * </pre>
 *
 * docs/snapshots.md tells how a publication and a deletion go.
 */
public final class ObjectSnapshotStore implements SnapshotStore {
    private static final String MANIFESTS = "manifests/";

    /** Each further attempt means that another publisher was faster once more. */
    private static final int PUBLISH_ATTEMPTS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(ObjectSnapshotStore.class);

    private final ObjectStore objects;
    private final PointerStore pointers;
    private final PartStore parts;

    /** Takes over {@code objects}: {@link #close} closes it. */
    public ObjectSnapshotStore(ObjectStore objects, Clock clock) {
        this.objects = requireNonNull(objects, "objects is null");
        this.pointers = new PointerStore(objects);
        this.parts = new PartStore(objects, requireNonNull(clock, "clock is null"));
    }

    @Override
    public Optional<Manifest> resolve(SnapshotIdentity identity, HostFit fit, Cancellation cancellation)
            throws StoreException {
        return pointers.read(PointerStore.key(identity.id(), fit.id()), cancellation)
                .manifest();
    }

    @Override
    public List<Manifest> resolveAny(SnapshotIdentity identity, Cancellation cancellation) throws StoreException {
        return manifests(PointerStore.prefix(identity.id()), cancellation);
    }

    @Override
    public List<Manifest> list(Cancellation cancellation) throws StoreException {
        return manifests(PointerStore.PREFIX, cancellation);
    }

    private List<Manifest> manifests(String prefix, Cancellation cancellation) throws StoreException {
        return readable(prefix, cancellation).stream()
                .flatMap(read -> read.manifest().stream())
                .toList();
    }

    private List<PointerStore.Read> readable(String prefix, Cancellation cancellation) throws StoreException {
        List<PointerStore.Read> readable = new ArrayList<>();
        for (String key : keys(prefix, cancellation)) {
            try {
                readable.add(pointers.read(key, cancellation));
            } catch (StoreException e) {
                if (e.code() != StoreException.Code.CORRUPT && e.code() != StoreException.Code.UNSUPPORTED) {
                    throw e;
                }
                LOG.warn("A pointer is left out key={} reason={}", key, e.getMessage());
            }
        }
        return readable;
    }

    @Override
    public Manifest publish(SnapshotDraft draft, Cancellation cancellation) throws StoreException {
        String key = PointerStore.key(draft.identity().id(), draft.fit().id());
        Optional<Manifest> ours = Optional.empty();
        for (int attempt = 1; attempt <= PUBLISH_ATTEMPTS; attempt++) {
            PointerStore.Read read = pointers.readToReplace(key, cancellation);
            if (read.manifest().isPresent() && isWhole(read.manifest().get(), cancellation)) {
                return read.manifest().get();
            }
            Manifest manifest = ours.isPresent() ? ours.get() : describe(draft, cancellation);
            ours = Optional.of(manifest);
            storeParts(manifest, draft, cancellation);
            storeManifest(manifest, cancellation);
            if (pointers.replace(read, ours, cancellation)) {
                // What a collector removed between our look and our write is written again.
                storeParts(manifest, draft, cancellation);
                return manifest;
            }
        }
        throw new StoreException(
                StoreException.Code.UNAVAILABLE,
                "Could not publish " + draft.revision() + ": others wrote its pointer " + PUBLISH_ATTEMPTS
                        + " times meanwhile, and none left a whole snapshot.");
    }

    private boolean isWhole(Manifest manifest, Cancellation cancellation) throws StoreException {
        for (Part part : manifest.parts()) {
            if (!parts.has(part, cancellation)) {
                LOG.warn("A published snapshot lacks a part snapshot={} part={}", manifest.id(), part);
                return false;
            }
        }
        return true;
    }

    private static Manifest describe(SnapshotDraft draft, Cancellation cancellation) throws StoreException {
        return Manifest.of(
                draft,
                describe(draft.memory(), cancellation),
                describe(draft.state(), cancellation),
                describe(draft.rootfs(), cancellation));
    }

    /** The digest is the object's name: where it is not known yet it takes a pass of its own. */
    private static Part describe(PartSource source, Cancellation cancellation) throws StoreException {
        try {
            if (source.digest().isPresent() && source.storedBytes().isPresent()) {
                long size = Files.size(source.file());
                return new Part(
                        source.kind(),
                        source.digest().get(),
                        size,
                        source.storedBytes().getAsLong());
            }
            Part part = PartFile.describe(source.kind(), source.file(), cancellation);
            source.require(part);
            return part;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.INVALID,
                    "The " + source.kind().label() + " to be published cannot be read: " + FileErrors.text(e) + ".",
                    e);
        }
    }

    private void storeParts(Manifest manifest, SnapshotDraft draft, Cancellation cancellation) throws StoreException {
        parts.store(manifest.rootfs(), draft.rootfs().file(), cancellation);
        parts.store(manifest.memory(), draft.memory().file(), cancellation);
        parts.store(manifest.state(), draft.state().file(), cancellation);
    }

    private void storeManifest(Manifest manifest, Cancellation cancellation) throws StoreException {
        objects.put(
                MANIFESTS + manifest.id().hex(),
                Body.of(ManifestCodec.encode(manifest)),
                Condition.always(),
                cancellation);
    }

    @Override
    public long fetch(Part part, Path file, Cancellation cancellation) throws IOException {
        return parts.fetch(part, file, cancellation);
    }

    @Override
    public void delete(Digest snapshot, Cancellation cancellation) throws StoreException {
        Optional<PointerStore.Read> read = find(snapshot, cancellation);
        if (read.isEmpty() || !pointers.replace(read.get(), Optional.empty(), cancellation)) {
            return; // Where the pointer changed this instant, somebody published or deleted: it is not there any more.
        }
        Manifest manifest = read.get().manifest().orElseThrow();
        Set<Digest> living = livingParts(cancellation);
        for (Part part : List.of(manifest.memory(), manifest.state())) {
            if (!living.contains(part.digest())) {
                parts.delete(part, cancellation);
            }
        }
        objects.delete(MANIFESTS + snapshot.hex(), cancellation);
    }

    private Optional<PointerStore.Read> find(Digest snapshot, Cancellation cancellation) throws StoreException {
        for (PointerStore.Read read : readable(PointerStore.PREFIX, cancellation)) {
            if (read.manifest().map(Manifest::id).equals(Optional.of(snapshot))) {
                return Optional.of(read);
            }
        }
        return Optional.empty();
    }

    @Override
    public Collected collect(Duration grace, boolean dryRun, Cancellation cancellation) throws StoreException {
        if (grace.compareTo(PartStore.MIN_GRACE) < 0) {
            throw new StoreException(
                    StoreException.Code.INVALID,
                    "A grace of " + grace + " is shorter than a publication may take. Give at least "
                            + PartStore.MIN_GRACE + ".");
        }
        return parts.collect(livingParts(cancellation), grace, dryRun, cancellation);
    }

    @Override
    public StoreUsage usage(Cancellation cancellation) throws StoreException {
        return new StoreSurvey(objects).usage(list(cancellation), cancellation);
    }

    @Override
    public StoreCheck check(boolean repair, Cancellation cancellation) throws StoreException {
        return new StoreChecker(objects, repair).check(cancellation);
    }

    /** Unlike a listing this must not leave out what cannot be read: its parts would be taken for dead. */
    private Set<Digest> livingParts(Cancellation cancellation) throws StoreException {
        Set<Digest> living = new HashSet<>();
        for (String key : keys(PointerStore.PREFIX, cancellation)) {
            pointers.read(key, cancellation)
                    .manifest()
                    .ifPresent(manifest -> manifest.parts().forEach(part -> living.add(part.digest())));
        }
        return living;
    }

    private List<String> keys(String prefix, Cancellation cancellation) throws StoreException {
        List<String> keys = new ArrayList<>();
        objects.list(prefix, object -> keys.add(object.key()), cancellation);
        return keys;
    }

    @Override
    public String location() {
        return objects.location();
    }

    @Override
    public void close() {
        objects.close();
    }
}
