package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.function.FunctionLogs;
import dev.thaw.gateway.function.FunctionRegistry;
import dev.thaw.gateway.function.Images;
import dev.thaw.gateway.http.HttpHandler;
import dev.thaw.gateway.http.HttpServer;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.observe.Observer;
import dev.thaw.gateway.upgrade.Predecessor;
import dev.thaw.gateway.upgrade.Successors;
import dev.thaw.image.ImageLibrary;
import dev.thaw.image.ImageLimits;
import dev.thaw.image.SampleBuilder;
import dev.thaw.node.InstanceState;
import dev.thaw.node.Worker;
import dev.thaw.sandbox.QemuProvider;
import dev.thaw.sandbox.SandboxProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon of the one-machine shape: workers, functions and the front door, wired. {@link #open} returns when it serves; {@link #close} finishes what runs and leaves
 * nothing behind.
 */
public final class Daemon implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Daemon.class);

    /** For invocations under way when the daemon is asked to end. */
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

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

    Daemon(
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

    /** Begins the work of its own, and opens the door for a successor. */
    void begin(Path run) throws IOException {
        ticking.start();
        resources.add(
                "door for a successor", Successors.await(run, new Departure(server, workers, resources, new Ending())));
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
    interface ServerOpener {
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
            return new Assembly(config, parts, server, clock, resources).daemon();
        } catch (IOException | RuntimeException e) {
            resources.close();
            throw e;
        }
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
}
