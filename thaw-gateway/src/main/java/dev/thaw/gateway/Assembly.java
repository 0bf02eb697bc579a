package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

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
import dev.thaw.gateway.http.HttpServer;
import dev.thaw.gateway.invoke.CostPlacement;
import dev.thaw.gateway.invoke.FunctionVersions;
import dev.thaw.gateway.invoke.Invoker;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.observe.Metrics;
import dev.thaw.gateway.observe.Observer;
import dev.thaw.node.Adoption;
import dev.thaw.node.Mode;
import dev.thaw.node.PointerWatch;
import dev.thaw.node.PreparedPerShape;
import dev.thaw.node.RootFilesystems;
import dev.thaw.node.Worker;
import dev.thaw.node.WorkerConfig;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.key.WrappingKeys;
import dev.thaw.store.object.ObjectStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Puts a daemon together: which part is made of what. */
final class Assembly {
    /** For instances that an earlier daemon has left to be taken up before the first request. */
    private static final Duration ADOPTION_TIMEOUT = Duration.ofSeconds(1);

    private final DaemonConfig config;
    private final Daemon.Parts parts;
    private final Daemon.ServerOpener opener;
    private final Clock clock;
    private final Resources resources;

    /** @param resources get everything that must be closed */
    Assembly(DaemonConfig config, Daemon.Parts parts, Daemon.ServerOpener opener, Clock clock, Resources resources) {
        this.config = requireNonNull(config, "config is null");
        this.parts = requireNonNull(parts, "parts is null");
        this.opener = requireNonNull(opener, "opener is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.resources = requireNonNull(resources, "resources is null");
    }

    /** Opens everything, in the order of what needs what. Whoever called closes the resources when it fails. */
    Daemon daemon() throws IOException {
        Path data = config.data();
        resources.add("data lock", DataLock.take(data));
        // Empty once the sandboxes have ended; not empty, it names what is left to the next daemon.
        resources.add("run directory", () -> Files.deleteIfExists(config.run()));
        SandboxProvider provider = resources.add("sandboxes", parts.sandboxes().open());
        Images images = parts.images().open(resources);
        Optional<SnapshotStore> store = config.mode() == Mode.REMOTE
                ? Optional.of(resources.add(
                        "store",
                        new ObjectSnapshotStore(
                                ObjectStores.open(config.store()), WrappingKeys.find(config.keys()), clock)))
                : Optional.empty();
        FunctionLogs logs = new FunctionLogs(config.logSize().bytes(), clock);
        Observer observer = new Observer(new Metrics(), clock);
        // Workers ask for root file systems only when functions are invoked, and functions exist only once workers do.
        AtomicReference<RootFilesystems> rootfs = new AtomicReference<>(revision -> {
            throw new IOException("The daemon is starting.");
        });
        SnapshotAssembly snapshots = new SnapshotAssembly(config, store, observer.metrics(), clock, resources);
        List<Worker> workerList = new ArrayList<>();
        for (int i = 0; i < config.workers(); i++) {
            workerList.add(resources.add("worker-" + i, openWorker(i, provider, snapshots, rootfs, logs, observer)));
        }
        Workers workers = new Workers(workerList, new CostPlacement(config.parallelStarts()));
        Optional<PointerWatch> pointers = store.filter(
                        _ -> config.pointerRefresh().isPositive())
                .map(there ->
                        resources.add("pointer watch", new PointerWatch(provider, there, config.pointerRefresh())));
        FunctionVersions versions = new FunctionVersions();
        SpecJson specs = new SpecJson(config.idle());
        Deployments deployments = new Deployments(workers, pointers, observer, versions);
        FunctionRegistry functions =
                FunctionRegistry.open(data.resolve("functions"), specs, images, deployments, clock);
        rootfs.set(functions);
        adopt(provider, workerList, functions);
        AtomicBoolean ready = new AtomicBoolean(true);
        Api api = new Api(
                new FunctionsApi(functions, specs, workers, logs, observer.history()),
                new NodesApi(workers),
                new SnapshotsApi(store, workers),
                new StoreApi(store, snapshots.frameCaches()),
                new SystemApi(observer, ready::get));
        Gauges.register(observer.metrics(), workers);
        Invoker invoker = new Invoker(workers, functions, versions, new InvocationMetrics(observer.metrics()));
        HttpServer server = resources.add("HTTP server", opener.open(new FrontDoor(invoker, api)));
        Gauges.register(observer.metrics(), server);
        Daemon daemon = new Daemon(resources, server, functions, workers, logs, observer, ready);
        functions.list().forEach(function -> deployments.bringIntoService(function.revision()));
        daemon.begin(config.run());
        return daemon;
    }

    /** Before the first request, so that it finds them; what an earlier daemon still holds on to follows later. */
    private void adopt(SandboxProvider provider, List<Worker> workers, FunctionRegistry functions) throws IOException {
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

    private Worker openWorker(
            int number,
            SandboxProvider provider,
            SnapshotAssembly snapshots,
            AtomicReference<RootFilesystems> rootfs,
            FunctionLogs logs,
            Observer observer)
            throws IOException {
        String name = "worker-" + number;
        Path folder = config.data().resolve("workers").resolve(name);
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
                        initial.hookTimeout(),
                        PointerWatch.usableFor(config.pointerRefresh()),
                        PreparedPerShape.of(config.prepared())),
                provider,
                snapshots.open(name, folder),
                revision -> rootfs.get().open(revision),
                logs::agentLog,
                observer.of(name),
                clock,
                System::nanoTime);
    }
}
