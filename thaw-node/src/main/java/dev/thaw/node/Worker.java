package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheException;
import dev.thaw.cache.CachedSnapshot;
import dev.thaw.cache.NodeCache;
import dev.thaw.guest.AgentLog;
import dev.thaw.lazy.FailedRead;
import dev.thaw.lazy.LazySnapshots;
import dev.thaw.sandbox.LeftSandbox;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker: its instances, and its cache. Safe for use by many threads. */
public final class Worker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Worker.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    /** Where starts never end, snapshots that run are completed by a MiB in this time. */
    private static final Duration FILL_PATIENCE = Duration.ofSeconds(1);

    private final WorkerConfig config;
    private final SandboxProvider provider;
    private final NodeCache cache;
    private final Optional<LazySnapshots> lazy;
    private final Snapshots snapshots;
    private final Admission admission;
    private final InstanceLife life;
    private final Adopter adopter;
    private final PreparedPool prepared;
    private final LongSupplier nanoTime;
    private final Map<String, InstancePool> pools = new ConcurrentHashMap<>();

    /**
     * @param provider shared with other workers; not closed
     * @param places where its snapshots are
     * @param logs gives the log for {@code function/instance}
     * @param nanoTime for idle times, as {@link System#nanoTime}
     * @throws IOException when the worker's folder cannot be made or cleared
     */
    public Worker(
            WorkerConfig config,
            SandboxProvider provider,
            SnapshotPlaces places,
            RootFilesystems images,
            Function<String, AgentLog> logs,
            WorkerListener listener,
            Clock clock,
            LongSupplier nanoTime)
            throws IOException {
        this.config = requireNonNull(config, "config is null");
        this.provider = requireNonNull(provider, "provider is null");
        this.cache = places.cache();
        this.lazy = places.lazy();
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
        snapshots = new Snapshots(
                provider,
                config.mode() == Mode.REMOTE ? places : SnapshotPlaces.whole(cache, Optional.empty()),
                config.pointerAge());
        admission = new Admission(config.memory().bytes(), config.parallelStarts(), this::makeRoom);
        Freezer freezer =
                new Freezer(config, snapshots, images, new Recorder(config, provider, admission, lazy), clock);
        freezer.prepare();
        prepared = new PreparedPool(
                config.name(),
                provider,
                admission,
                config.mode() == Mode.DISABLED ? new NonePrepared() : config.prepared());
        InstanceLogs instanceLogs = new InstanceLogs(logs, listener);
        SnapshotThaw thaws = new SnapshotThaw(
                config, snapshots, new LeaseThaw(config, new Thawer(provider, prepared), instanceLogs));
        life = new InstanceLife(
                config,
                new Starter(config, provider, thaws, images, instanceLogs, clock),
                freezer,
                snapshots,
                admission,
                listener,
                nanoTime);
        adopter = new Adopter(config, snapshots, admission, instanceLogs, listener, clock);
        lazy.ifPresent(open -> open.onFailedRead(this::lost));
        lazy.ifPresent(open -> open.fillOnlyIn(() -> admission.awaitCalm(Duration.ZERO, FILL_PATIENCE)));
    }

    /**
     * An instance's memory or root file system could not be had. With its memory its VMM may die of the I/O error, or stand still;
     * with a root file system it would go on and give wrong answers: either way it ends.
     */
    private void lost(FailedRead read) {
        if (read.process() != 0) {
            pools.values()
                    .forEach(pool -> pool.lost(read.process(), read.file() + " cannot be read: " + read.reason()));
        }
    }

    public String name() {
        return config.name();
    }

    public Mode mode() {
        return config.mode();
    }

    public NodeCache cache() {
        return cache;
    }

    /** The snapshots that it could thaw without asking the store: whole ones, and those that are open for clones. */
    public List<CachedSnapshot> snapshots() {
        List<CachedSnapshot> all = new ArrayList<>(cache.list());
        lazy.ifPresent(open -> all.addAll(open.list()));
        return all;
    }

    /**
     * Forgets its copy of a snapshot.
     *
     * @return whether there was one
     */
    public boolean dropSnapshot(Digest snapshot) throws CacheException {
        boolean wasOpen = lazy.isPresent() && lazy.get().drop(snapshot);
        return cache.drop(snapshot) || wasOpen;
    }

    /**
     * Waits for a place in an instance of the revision; starts one when none is free.
     *
     * @param registeredNanos {@link System#nanoTime} when the invocation was registered
     */
    public Claim claim(Revision revision, long registeredNanos) throws NodeException {
        return pool(revision)
                .claim(
                        registeredNanos,
                        registeredNanos + revision.limits().timeout().toNanos());
    }

    private InstancePool pool(Revision revision) {
        return pools.computeIfAbsent(revision.name(), name -> {
            prepared.add(revision);
            return new InstancePool(config.name(), revision, life, config.queueLimit());
        });
    }

    /** Takes up an instance that an earlier daemon has left; waits for that daemon. */
    void adopt(LeftSandbox left, KeptNote note, Revision revision) {
        adopter.adopt(left, note, revision, pool(revision));
    }

    /** A revision is in service: prepares for instances of it. */
    public void prepare(Revision revision) {
        prepared.add(revision);
    }

    /** A revision is in service: starts instances up to its least number, and prepares for more. */
    public void keepLeast(Revision revision) {
        prepare(revision);
        if (revision.limits().least() > 0) {
            pool(revision).keepLeast();
        }
    }

    /** Takes a revision out of service: those in line fail, what runs is retired once its invocations have ended. */
    public void remove(Revision revision, String why) {
        prepared.remove(revision);
        InstancePool pool = pools.remove(revision.name());
        if (pool != null) {
            pool.close(why);
        }
    }

    /** Retires the revision's idle instances, with {@code busy} the others too as soon as they are idle. Returns how many. */
    public int retire(Revision revision, boolean busy) {
        InstancePool pool = pools.get(revision.name());
        return pool == null ? 0 : pool.retirement().all(busy, "it was asked for");
    }

    /**
     * Freezes an idle instance of the revision that was booted.
     *
     * @return its end, with nothing when no snapshot came of it; empty when there is no such instance
     */
    public Optional<CompletableFuture<Optional<FreezeRecord>>> freezeNow(Revision revision) {
        return Optional.ofNullable(pools.get(revision.name()))
                .flatMap(pool -> pool.freezing().now());
    }

    /** Retires what has been idle for long enough. To be called about once a second. */
    public void tick() {
        for (InstancePool pool : pools.values()) {
            Duration idle = pool.revision().limits().idle();
            int retired = pool.retirement()
                    .idleSince(
                            nanoTime.getAsLong() - idle.toNanos(),
                            Integer.MAX_VALUE,
                            "it was idle for " + idle.toSeconds() + " s");
            if (retired > 0) {
                log.debug(
                        "worker={} revision={} retired {} idle instances",
                        name(),
                        pool.revision().name(),
                        retired);
            }
            pool.keepLeast();
        }
    }

    /** Gives up a VMM that stands by, or retires the instance that has been idle longest, for one that needs its memory now. */
    private void makeRoom() {
        if (prepared.giveUp()) {
            return;
        }
        pools.values().stream()
                .filter(pool -> pool.retirement().idleLongest().isPresent())
                .min(Comparator.comparingLong(
                        pool -> pool.retirement().idleLongest().orElse(Long.MAX_VALUE)))
                .ifPresent(pool -> pool.retirement().idleSince(nanoTime.getAsLong(), 1, "its memory was needed"));
    }

    public List<InstanceView> instances() {
        List<InstanceView> views = new ArrayList<>();
        pools.values().forEach(pool -> views.addAll(pool.views()));
        return views;
    }

    /** Whether an invocation would find a place at once. */
    public boolean hasFreeInstance(Revision revision) {
        InstancePool pool = pools.get(revision.name());
        return pool != null && pool.hasFree();
    }

    /** Whether an invocation would find a place as soon as an instance has been frozen. */
    public boolean hasFreezingInstance(Revision revision) {
        InstancePool pool = pools.get(revision.name());
        return pool != null && pool.hasFreezing();
    }

    /** Why functions cannot reach the internet from here, for people; empty when they can. */
    public Optional<String> egressObstacle() {
        return provider.egressObstacle();
    }

    /** Invocations that wait for a place. */
    public int queued() {
        return pools.values().stream().mapToInt(InstancePool::waiting).sum();
    }

    /** Of the memory for instances, with what would be given up for them. */
    public long freeBytes() {
        return admission.freeBytes() + prepared.stats().bytes();
    }

    /** The VMMs that stand by. */
    public PreparedStats prepared() {
        return prepared.stats();
    }

    /** What the choice of a worker for a revision goes by. */
    public WorkerView view(Revision revision) {
        List<InstanceView> mine = Optional.ofNullable(pools.get(revision.name()))
                .map(InstancePool::views)
                .orElse(List.of());
        long free = mine.stream()
                .filter(view -> view.state() == InstanceState.READY
                        && view.inFlight() < revision.limits().concurrency())
                .count();
        long starting =
                instances().stream().filter(view -> view.state().isComing()).count();
        long inFlight = instances().stream().mapToLong(InstanceView::inFlight).sum();
        return new WorkerView(
                name(),
                free,
                starting,
                inFlight,
                snapshots.isHere(revision),
                InstanceLife.memoryBytes(revision),
                admission.memoryBytes(),
                freeBytes());
    }

    /** Begins no more freezes, and waits for the one that may be under way. Returns whether it has ended. */
    public boolean settle(Duration timeout) throws InterruptedException {
        life.settle(true);
        long deadline = System.nanoTime() + timeout.toNanos();
        while (pools.values().stream().anyMatch(pool -> pool.freezing().isUnderWay())) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(Duration.ofMillis(5));
        }
        return true;
    }

    /** Takes back {@link #settle}. */
    public void unsettle() {
        life.settle(false);
    }

    /**
     * Leaves the worker's instances to the next daemon, the idle ones before this returns and each other as its invocations end. Gives up the cache. {@link #close} is still
     * to follow, which ends what has not been left by then.
     */
    public void leave() throws InterruptedException {
        prepared.close();
        List.copyOf(pools.values()).forEach(pool -> pool.leave("The daemon is being replaced."));
        life.awaitQuiet(CLOSE_TIMEOUT);
        lazy.ifPresent(LazySnapshots::leave);
        cache.close();
    }

    /** Ends all instances, and waits until they have ended. */
    @Override
    public void close() {
        prepared.close();
        List.copyOf(pools.values()).forEach(pool -> pool.close("The worker is ending."));
        try {
            long deadline = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
            life.awaitQuiet(CLOSE_TIMEOUT);
            if (System.nanoTime() > deadline) {
                log.warn("worker={} still has instances: {}", name(), instances());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lazy.ifPresent(LazySnapshots::close);
        cache.close();
    }
}
