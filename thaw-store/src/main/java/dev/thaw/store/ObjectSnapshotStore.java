package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.HotCompanion.BlockReader;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.key.KeyService;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots in an object store: chunked, deduplicated within their trust domain, compressed and encrypted.
 *
 * <pre>
 * keys/&lt;domain&gt;                                  data keys, wrapped
 * domains/&lt;domain&gt;/pointers/&lt;identity&gt;/&lt;fit&gt;     change, conditionally; carry the manifest
 * domains/&lt;domain&gt;/manifests|maps|packs|hot/&lt;name&gt;  never change
 * domains/&lt;domain&gt;/condemned/list                what is going to be deleted
 * domains/&lt;domain&gt;/bases/&lt;name&gt;                  of the public domain
 * </pre>
 *
 * docs/format.md has the format, docs/snapshots.md tells how a publication, a read and a collection go.
 */
public final class ObjectSnapshotStore implements SnapshotStore {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectSnapshotStore.class);

    private final ObjectStore objects;
    private final Clock clock;
    private final Domains domains;
    private final PointerStore pointers;
    private final Images images;
    private final PublishThreads threads;
    private final SnapshotPublisher publisher;
    private final PublicBases bases;
    private final FrameCounters counters;
    private final FrameReader reader;
    private final PartFetching fetching;

    /** Whether this only reads by way of a cache what is another's to close. */
    private final boolean view;

    /** Takes over {@code objects}: {@link #close} closes it. */
    public ObjectSnapshotStore(ObjectStore objects, KeyService keys, Clock clock) {
        this.objects = requireNonNull(objects, "objects is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.domains = new Domains(objects, keys, clock);
        this.pointers = new PointerStore(objects, domains, System::nanoTime);
        this.images = new Images(objects, domains);
        this.threads = new PublishThreads();
        this.publisher = new SnapshotPublisher(objects, domains, pointers, images, threads, System::nanoTime);
        this.bases = new PublicBases(objects, domains, publisher);
        this.counters = new FrameCounters();
        this.reader = new FrameReader(objects, domains, FrameCache.none(), counters);
        this.fetching = new PartFetching(objects, domains, images, clock, this::list);
        this.view = false;
    }

    /** The same store, with frames looked for in {@code cache} first. */
    private ObjectSnapshotStore(ObjectSnapshotStore store, FrameCache cache) {
        this.objects = store.objects;
        this.clock = store.clock;
        this.domains = store.domains;
        this.pointers = store.pointers;
        this.images = store.images;
        this.threads = store.threads;
        this.publisher = store.publisher;
        this.bases = store.bases;
        this.counters = store.counters;
        this.reader = new FrameReader(objects, domains, cache, counters);
        this.fetching = store.fetching;
        this.view = true;
    }

    @Override
    public Optional<Manifest> resolve(SnapshotIdentity identity, HostFit fit, Cancellation cancellation)
            throws StoreException {
        Optional<Domain> domain = domains.find(identity.trustDomain(), cancellation);
        if (domain.isEmpty()) {
            return Optional.empty();
        }
        String key = PointerStore.key(domain.get(), identity.id(), fit.id());
        return visible(pointers.readAhead(domain.get(), key, cancellation));
    }

    @Override
    public Optional<Manifest> known(SnapshotIdentity identity, HostFit fit, Duration notOlderThan) {
        return domains.opened(identity.trustDomain())
                .flatMap(domain -> pointers.known(PointerStore.key(domain, identity.id(), fit.id()), notOlderThan))
                .map(snapshot -> {
                    images.learn(snapshot);
                    return snapshot.manifest();
                });
    }

    @Override
    public void refresh(SnapshotIdentity identity, HostFit fit, Cancellation cancellation) throws StoreException {
        Optional<Domain> domain = domains.find(identity.trustDomain(), cancellation);
        if (domain.isPresent()) {
            pointers.refresh(domain.get(), PointerStore.key(domain.get(), identity.id(), fit.id()), cancellation);
        }
    }

    private Optional<Manifest> visible(PointerStore.Read read) {
        read.snapshot().ifPresent(images::learn);
        return read.snapshot().map(StoredSnapshot::manifest);
    }

    @Override
    public List<Manifest> resolveAny(SnapshotIdentity identity, Cancellation cancellation) throws StoreException {
        Optional<Domain> domain = domains.find(identity.trustDomain(), cancellation);
        if (domain.isEmpty()) {
            return List.of();
        }
        return pointers.readable(domain.get(), PointerStore.prefix(domain.get(), identity.id()), cancellation).stream()
                .flatMap(read -> visible(read).stream())
                .toList();
    }

    @Override
    public List<Manifest> list(Cancellation cancellation) throws StoreException {
        return reads(cancellation).stream()
                .flatMap(read -> visible(read).stream())
                .toList();
    }

    private List<PointerStore.Read> reads(Cancellation cancellation) throws StoreException {
        List<PointerStore.Read> reads = new ArrayList<>();
        for (Domain domain : domains.readable(cancellation)) {
            reads.addAll(pointers.readable(domain, PointerStore.prefix(domain), cancellation));
        }
        return reads;
    }

    @Override
    public Manifest publish(SnapshotDraft draft, Cancellation cancellation) throws StoreException {
        return publisher.publish(draft, cancellation).manifest();
    }

    @Override
    public long fetch(Part part, Path file, Cancellation cancellation) throws IOException {
        return fetching.fetch(part, file, reader, cancellation);
    }

    @Override
    public SnapshotStore through(FrameCache cache) {
        return new ObjectSnapshotStore(this, cache);
    }

    @Override
    public Optional<SnapshotImages> images(Manifest snapshot, Cancellation cancellation) throws StoreException {
        Optional<Domain> domain = domains.find(snapshot.trustDomain(), cancellation);
        Optional<StoredSnapshot> stored = images.find(snapshot);
        if (domain.isEmpty() || stored.isEmpty() || stored.get().hot().isEmpty()) {
            return Optional.empty();
        }
        HotReader hot = new HotReader(objects, domains, counters, reader.openers);
        return Optional.of(new SnapshotImages(
                domain.get(),
                stored.get(),
                images,
                pointers.head(stored.get().hot().get()),
                reader,
                hot,
                new HotPublisher(objects, domain.get(), pointers, images)));
    }

    @Override
    public boolean publishHot(Manifest snapshot, List<HotBlock> order, BlockReader blocks, Cancellation cancellation)
            throws StoreException {
        Domain domain = domains.findOrCreate(snapshot.trustDomain(), cancellation);
        return new HotPublisher(objects, domain, pointers, images)
                .publish(snapshot, Optional.empty(), order, blocks, cancellation);
    }

    @Override
    public void delete(Digest snapshot, Cancellation cancellation) throws StoreException {
        change(snapshot, read -> pointers.replace(read, Optional.empty(), false, cancellation), cancellation);
    }

    @Override
    public boolean pin(Digest snapshot, boolean pinned, Cancellation cancellation) throws StoreException {
        return change(
                snapshot,
                read -> read.pinned() == pinned
                        || pointers.replace(read, read.snapshot(), read.head().whole(), pinned, cancellation),
                cancellation);
    }

    /** What is done to a pointer. */
    @FunctionalInterface
    private interface Change {
        /** @return false where somebody else wrote the pointer meanwhile */
        boolean apply(PointerStore.Read read) throws StoreException;
    }

    /**
     * Changes the pointer of a snapshot, again where somebody else was faster: every refined hot companion is written
     * there too.
     *
     * @return false when the snapshot is not there, or no more
     */
    private boolean change(Digest snapshot, Change change, Cancellation cancellation) throws StoreException {
        Optional<PointerStore.Read> found = find(snapshot, cancellation);
        if (found.isEmpty()) {
            return false;
        }
        for (int attempt = 1; attempt <= PointerStore.ATTEMPTS; attempt++) {
            PointerStore.Read read =
                    pointers.readWhole(found.get().domain(), found.get().key(), cancellation);
            if (!names(read, snapshot)) {
                return false;
            }
            if (change.apply(read)) {
                return true;
            }
        }
        throw PointerStore.contended(snapshot.toString());
    }

    private Optional<PointerStore.Read> find(Digest snapshot, Cancellation cancellation) throws StoreException {
        for (PointerStore.Read read : reads(cancellation)) {
            if (names(read, snapshot)) {
                return Optional.of(read);
            }
        }
        return Optional.empty();
    }

    private static boolean names(PointerStore.Read read, Digest snapshot) {
        return read.snapshot().map(stored -> stored.manifest().id()).equals(Optional.of(snapshot));
    }

    @Override
    public List<Manifest> retain(Retention retention, boolean dryRun, Cancellation cancellation) throws StoreException {
        return new Retaining(pointers, clock).apply(retention, domains.readable(cancellation), dryRun, cancellation);
    }

    @Override
    public Collected collect(Duration grace, boolean dryRun, Cancellation cancellation) throws StoreException {
        return new Collector(objects, domains, references(), clock).collect(grace, dryRun, cancellation);
    }

    private References references() {
        return new References(pointers, images, bases);
    }

    @Override
    public StoreUsage usage(Cancellation cancellation) throws StoreException {
        return survey().usage(domains.all(cancellation), cancellation);
    }

    private StoreSurvey survey() {
        return new StoreSurvey(objects, pointers, images, references());
    }

    @Override
    public List<StoreUsage.Share> usageOf(Digest snapshot, Cancellation cancellation) throws StoreException {
        Optional<PointerStore.Read> read = find(snapshot, cancellation);
        return read.isPresent()
                ? survey().parts(read.get().domain(), read.get().snapshot().orElseThrow(), cancellation)
                : List.of();
    }

    @Override
    public StoreCheck check(boolean repair, List<FrameCache> copies, Cancellation cancellation) throws StoreException {
        List<StoreCheck.Finding> findings = new ArrayList<>();
        List<Domain> readable = domains.readable(
                (key, why) -> findings.add(new StoreCheck.Finding(
                        key, "Nothing of this trust domain can be read: " + why.getMessage(), false)),
                cancellation);
        return new StoreChecker(
                        pointers,
                        images,
                        new Manifests(objects, domains),
                        new BaseCheck(bases, images, repair, findings),
                        new CondemnedCheck(objects, domains, repair, findings),
                        new PackCheck(objects, domains, clock, repair, copies, findings),
                        repair,
                        findings)
                .check(readable, clock.instant(), cancellation);
    }

    @Override
    public ReadStats readStats() {
        return counters.stats();
    }

    /**
     * Stores the root file system of a base image where every trust domain may refer to its blocks.
     *
     * @param name of the base; one of that name is replaced
     */
    public void publishBase(String name, Path rootfs, Cancellation cancellation) throws StoreException {
        bases.publish(name, rootfs, cancellation);
    }

    /** Forgets a base; its blocks stay as long as a snapshot refers to them. */
    public void deleteBase(String name, Cancellation cancellation) throws StoreException {
        bases.delete(name, cancellation);
    }

    /**
     * Wraps all data keys with the current wrapping key; no other data is written.
     *
     * @return how many trust domains were changed
     */
    public int rewrapKeys(Cancellation cancellation) throws StoreException {
        return domains.rewrap(cancellation);
    }

    /**
     * Begins a new epoch of a trust domain: what is published from now on is encrypted with a new data key, and shares
     * no chunk with what was published before.
     */
    public void newEpoch(String trustDomain, Cancellation cancellation) throws StoreException {
        domains.newEpoch(trustDomain, cancellation);
    }

    @Override
    public String location() {
        return objects.location();
    }

    @Override
    public void close() {
        if (view) {
            return;
        }
        threads.close();
        reader.openers.close();
        objects.close();
    }
}
