package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheBounds;
import dev.thaw.cache.CacheException;
import dev.thaw.cache.DiskNodeCache;
import dev.thaw.gateway.api.Api;
import dev.thaw.gateway.api.FunctionsApi;
import dev.thaw.gateway.api.NodesApi;
import dev.thaw.gateway.api.SnapshotsApi;
import dev.thaw.gateway.api.StoreApi;
import dev.thaw.gateway.api.SystemApi;
import dev.thaw.gateway.function.DeployedFunction;
import dev.thaw.gateway.function.FunctionLogs;
import dev.thaw.gateway.function.FunctionRegistry;
import dev.thaw.gateway.function.Images;
import dev.thaw.gateway.function.SpecJson;
import dev.thaw.gateway.http.HttpHandler;
import dev.thaw.gateway.http.HttpServer;
import dev.thaw.gateway.invoke.FunctionVersions;
import dev.thaw.gateway.invoke.Invoker;
import dev.thaw.gateway.invoke.SnapshotFirstPlacement;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.observe.Metrics;
import dev.thaw.gateway.observe.Observer;
import dev.thaw.gateway.text.Json;
import dev.thaw.gateway.upgrade.Predecessor;
import dev.thaw.gateway.upgrade.Successors;
import dev.thaw.image.ImageLibrary;
import dev.thaw.image.ImageLimits;
import dev.thaw.image.SampleBuilder;
import dev.thaw.node.Adoption;
import dev.thaw.node.InstanceState;
import dev.thaw.node.Mode;
import dev.thaw.node.Revision;
import dev.thaw.node.RootFilesystems;
import dev.thaw.node.Worker;
import dev.thaw.node.WorkerConfig;
import dev.thaw.sandbox.QemuProvider;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.store.DataSize;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.ObjectStores;
import dev.thaw.store.SnapshotStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The daemon of the one-machine shape: workers, functions and the front door, wired. {@link #open} returns when it serves; {@link #close} finishes what runs and leaves
 * nothing behind.
 */
public final class Daemon implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Daemon.class);

    /** For invocations under way when the daemon is asked to end. */
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

    /** For instances that an earlier daemon has left to be taken up before the first request. */
    private static final Duration ADOPTION_TIMEOUT = Duration.ofSeconds(1);

    private static final Duration TICK = Duration.ofSeconds(1);

    private final Resources resources;
    private final HttpServer server;
    private final FunctionRegistry functions;
    private final Workers workers;
    private final FunctionLogs logs;
    private final Observer observer;
    private final Thread ticking;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean ready;
    private final CompletableFuture<Boolean> handedOver = new CompletableFuture<>();

    private Daemon(
            Resources resources,
            HttpServer server,
            FunctionRegistry functions,
            Workers workers,
            FunctionLogs logs,
            Observer observer,
            AtomicBoolean ready) {
        this.resources = resources;
        this.server = server;
        this.functions = functions;
        this.workers = workers;
        this.logs = logs;
        this.observer = observer;
        this.ready = ready;
        ticking = Thread.ofVirtual().name("thaw-tick").unstarted(this::tick);
    }

    /** A daemon on a real host. */
    public static Daemon open(DaemonConfig config) throws IOException {
        return openReal(config, handler -> HttpServer.open(config.listen(), config.limits(), handler));
    }

    /**
     * A daemon on a real host that takes the place of the one that serves with the same folders, if there is one: no connection is lost, no invocation fails, and instances
     * that are well go on.
     */
    public static Daemon takeOver(DaemonConfig config) throws IOException {
        Optional<Predecessor> predecessor = Predecessor.ask(config.run());
        if (predecessor.isEmpty()) {
            return open(config);
        }
        try (Predecessor before = predecessor.get()) {
            before.awaitRelease();
            return openReal(config, handler -> listen(config, before, handler));
        }
    }

    /** On the predecessor's socket, unless another address was asked for. */
    private static HttpServer listen(DaemonConfig config, Predecessor before, HttpHandler handler) throws IOException {
        if (config.listen().getPort() == 0 || config.listen().equals(before.address())) {
            return HttpServer.open(before.listener(), before.address(), config.limits(), handler);
        }
        before.listener().close();
        return HttpServer.open(config.listen(), config.limits(), handler);
    }

    private static Daemon openReal(DaemonConfig config, ServerOpener server) throws IOException {
        Clock clock = Clock.systemUTC();
        return open(
                config,
                new Parts(
                        () -> QemuProvider.open(config.data(), config.run(), config.software(), config.egress(), clock),
                        resources -> new LibraryImages(resources.add(
                                "images",
                                ImageLibrary.open(
                                        config.data().resolve("images"),
                                        new SampleBuilder(config.samples()),
                                        ImageLimits.DEFAULT)))),
                server,
                clock);
    }

    /** Opens the sandboxes; called once the data folder is this daemon's alone. */
    @FunctionalInterface
    public interface SandboxOpener {
        SandboxProvider open() throws IOException;
    }

    /** Opens the images; what must be closed is added to the resources. */
    @FunctionalInterface
    public interface ImagesOpener {
        Images open(Resources resources) throws IOException;
    }

    /** Begins to serve. */
    @FunctionalInterface
    private interface ServerOpener {
        HttpServer open(HttpHandler handler) throws IOException;
    }

    /** What a test or a measurement has other kinds of. */
    public record Parts(SandboxOpener sandboxes, ImagesOpener images) {
        public Parts {
            requireNonNull(sandboxes, "sandboxes is null");
            requireNonNull(images, "images is null");
        }
    }

    /** A daemon made of other parts, as tests and measurements need. */
    public static Daemon open(DaemonConfig config, Parts parts, Clock clock) throws IOException {
        return open(config, parts, handler -> HttpServer.open(config.listen(), config.limits(), handler), clock);
    }

    private static Daemon open(DaemonConfig config, Parts parts, ServerOpener server, Clock clock) throws IOException {
        requireNonNull(config, "config is null");
        Resources resources = new Resources();
        try {
            return open(config, parts, server, clock, resources);
        } catch (IOException | RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    private static Daemon open(DaemonConfig config, Parts parts, ServerOpener opener, Clock clock, Resources resources)
            throws IOException {
        Path data = config.data();
        resources.add("data lock", DataLock.take(data));
        // Empty once the sandboxes have ended; not empty, it names what is left to the next daemon.
        resources.add("run directory", () -> Files.deleteIfExists(config.run()));
        SandboxProvider provider = resources.add("sandboxes", parts.sandboxes().open());
        Images images = parts.images().open(resources);
        Optional<SnapshotStore> store = config.mode() == Mode.REMOTE
                ? Optional.of(resources.add("store", new ObjectSnapshotStore(ObjectStores.open(config.store()), clock)))
                : Optional.empty();
        FunctionLogs logs = new FunctionLogs(config.logSize().bytes(), clock);
        Observer observer = new Observer(new Metrics(), clock);
        // Workers ask for root file systems only when functions are invoked, and functions exist only once workers do.
        AtomicReference<RootFilesystems> rootfs = new AtomicReference<>(revision -> {
            throw new IOException("The daemon is starting.");
        });
        List<Worker> workerList = new ArrayList<>();
        for (int i = 0; i < config.workers(); i++) {
            workerList.add(resources.add(
                    "worker-" + i, openWorker(config, i, provider, store, rootfs, logs, observer, clock)));
        }
        Workers workers = new Workers(workerList, new SnapshotFirstPlacement(config.parallelStarts()));
        FunctionVersions versions = new FunctionVersions();
        SpecJson specs = new SpecJson(config.idle());
        FunctionRegistry functions = FunctionRegistry.open(
                data.resolve("functions"), specs, images, new Deployments(workers, logs, observer, versions), clock);
        rootfs.set(functions);
        adopt(resources, provider, workerList, functions);
        AtomicBoolean ready = new AtomicBoolean(true);
        Api api = new Api(
                new FunctionsApi(functions, specs, workers, logs, observer.history()),
                new NodesApi(workers),
                new SnapshotsApi(store, workers),
                new StoreApi(store),
                new SystemApi(observer, ready::get));
        Gauges.register(observer.metrics(), workers);
        Invoker invoker = new Invoker(workers, functions, versions, new InvocationMetrics(observer.metrics()));
        HttpServer server = resources.add("HTTP server", opener.open(new FrontDoor(invoker, api)));
        Gauges.register(observer.metrics(), server);
        Daemon daemon = new Daemon(resources, server, functions, workers, logs, observer, ready);
        functions.list().forEach(function -> daemon.workers.list().getFirst().keepLeast(function.revision()));
        daemon.ticking.start();
        Departure departure = new Departure(server, workers, resources, daemon.new Ending());
        resources.add("door for a successor", Successors.await(config.run(), departure));
        return daemon;
    }

    /** Before the first request, so that it finds them; what an earlier daemon still holds on to follows later. */
    private static void adopt(
            Resources resources, SandboxProvider provider, List<Worker> workers, FunctionRegistry functions)
            throws IOException {
        Adoption adoption = resources.add(
                "adoption",
                Adoption.begin(
                        provider.left(),
                        workers,
                        name -> functions.list().stream()
                                .map(DeployedFunction::revision)
                                .filter(revision -> revision.name().equals(name))
                                .findFirst()));
        try {
            adoption.await(ADOPTION_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted at the start.", e);
        }
    }

    private static Worker openWorker(
            DaemonConfig config,
            int number,
            SandboxProvider provider,
            Optional<SnapshotStore> store,
            AtomicReference<RootFilesystems> rootfs,
            FunctionLogs logs,
            Observer observer,
            Clock clock)
            throws IOException {
        String name = "worker-" + number;
        Path folder = config.data().resolve("workers").resolve(name);
        DiskNodeCache cache;
        try {
            // What runs must fit whatever is kept for later: instances hold their memory's bound in snapshots at most.
            CacheBounds bounds = new CacheBounds(
                    config.cacheSize(),
                    new DataSize(Math.max(
                            config.cacheSize().bytes(), 2 * config.memory().bytes())));
            cache = DiskNodeCache.open(folder.resolve("cache"), bounds, store, clock);
        } catch (CacheException e) {
            throw new IOException("The cache of " + name + " cannot be used: " + e.getMessage(), e);
        }
        WorkerConfig initial = WorkerConfig.of(name, folder.resolve("work"), config.mode(), config.memory());
        return new Worker(
                new WorkerConfig(
                        name,
                        initial.directory(),
                        config.mode(),
                        config.memory(),
                        config.parallelStarts(),
                        config.queue(),
                        config.readyTimeout(),
                        initial.fetchTimeout(),
                        initial.thawTimeout(),
                        initial.hookTimeout()),
                provider,
                cache,
                store,
                revision -> rootfs.get().open(revision),
                logs::agentLog,
                observer.of(name),
                clock,
                System::nanoTime);
    }

    /** Where it can be reached from this machine. */
    public URI address() {
        InetSocketAddress bound = server.address();
        InetAddress host = bound.getAddress();
        String name = host.isAnyLocalAddress() ? "127.0.0.1" : host.getHostAddress();
        return URI.create("http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + bound.getPort());
    }

    public FunctionRegistry functions() {
        return functions;
    }

    public List<Worker> workers() {
        return workers.list();
    }

    private void tick() {
        try {
            while (!closed.get()) {
                Thread.sleep(TICK);
                tickOnce();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tickOnce() {
        for (Worker worker : workers.list()) {
            try {
                worker.tick();
            } catch (RuntimeException e) {
                log.error("worker={} tick failed", worker.name(), e);
            }
        }
    }

    /** Completes when another daemon has taken over and this one has ended. */
    public CompletableFuture<Boolean> handedOver() {
        return handedOver.copy();
    }

    private final class Ending implements Departure.Ending {
        @Override
        public void begin() throws InterruptedException {
            closed.set(true);
            silence();
            ticking.interrupt();
            ticking.join();
        }

        @Override
        public void end() {
            awaitInvocations();
            resources.close();
            handedOver.complete(true);
        }
    }

    /** Those who follow would keep their connections open for ever. */
    private void silence() {
        ready.set(false);
        logs.close();
        observer.events().close();
    }

    private void awaitInvocations() {
        try {
            if (!server.awaitIdle(DRAIN_TIMEOUT)) {
                long busy = workers.list().stream()
                        .flatMap(worker -> worker.instances().stream())
                        .filter(view -> view.state() == InstanceState.READY && view.inFlight() > 0)
                        .count();
                log.warn(
                        "Invocations in {} instances are broken off: they did not end within {} s",
                        busy,
                        DRAIN_TIMEOUT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes no more requests, finishes those under way, and ends all that was started. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        ready.set(false);
        server.drain();
        silence();
        awaitInvocations();
        try {
            ticking.interrupt();
            ticking.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        resources.close();
    }

    /** Brings revisions into and out of service. */
    private record Deployments(Workers workers, FunctionLogs logs, Observer observer, FunctionVersions versions)
            implements FunctionRegistry.Listener {
        @Override
        public void deployed(DeployedFunction function) {
            workers.list().getFirst().keepLeast(function.revision());
            observer.publish("function.deployed", describe(function.revision()));
        }

        @Override
        public void removed(Revision revision, String why) {
            workers.list().forEach(worker -> worker.remove(revision, why));
            versions.forget(revision);
            observer.publish("revision.removed", describe(revision));
        }

        private static ObjectNode describe(Revision revision) {
            ObjectNode data = Json.object();
            data.put("function", revision.function());
            data.put("revision", revision.name());
            return data;
        }
    }
}
