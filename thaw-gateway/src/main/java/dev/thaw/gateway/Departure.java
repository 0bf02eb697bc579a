package dev.thaw.gateway;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http.HttpServer;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.upgrade.Successors;
import dev.thaw.node.InstanceView;
import dev.thaw.node.Worker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** How a daemon gives way to the next one: docs/decisions/upgrade.md has the order of things. */
final class Departure implements Successors.Handover {
    private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(60);

    /** How long a client may leave its connection unused before it is ended. */
    private static final Duration IDLE = Duration.ofMillis(500);

    private final HttpServer server;
    private final Workers workers;
    private final Resources resources;
    private final Ending ending;

    /** What the daemon itself does. */
    interface Ending {
        /** Begins: no streams to followers, no ticks any more. */
        void begin() throws InterruptedException;

        /** Waits for what is under way, and closes what is left. */
        void end();
    }

    Departure(HttpServer server, Workers workers, Resources resources, Ending ending) {
        this.server = requireNonNull(server, "server is null");
        this.workers = requireNonNull(workers, "workers is null");
        this.resources = requireNonNull(resources, "resources is null");
        this.ending = requireNonNull(ending, "ending is null");
    }

    @Override
    public InetSocketAddress stopAccepting() throws IOException, InterruptedException {
        // A freeze under way would hold the data folder for as long as it publishes.
        for (Worker worker : workers.list()) {
            worker.settle(SETTLE_TIMEOUT);
        }
        server.leave();
        return server.address();
    }

    @Override
    public void goOn() {
        workers.list().forEach(Worker::unsettle);
        server.stay();
    }

    @Override
    public void release() throws InterruptedException {
        ending.begin();
        awaitPlaces();
        resources.close("adoption");
        for (Worker worker : workers.list()) {
            worker.leave();
        }
        for (String ofTheFolder : new String[] {"images", "store", "data lock"}) {
            resources.close(ofTheFolder);
        }
        // It is the next daemon's.
        resources.forget("run directory");
    }

    /** Waits until each request that has come has its place in an instance, and no other can come: nothing will be started any more. */
    private void awaitPlaces() throws InterruptedException {
        long deadline = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            boolean quiet = server.endIdleSince(System.nanoTime() - IDLE.toNanos());
            if (quiet && server.exchanges() <= inFlight()) {
                return;
            }
            Thread.sleep(Duration.ofMillis(5));
        }
    }

    private int inFlight() {
        return workers.list().stream()
                .flatMap(worker -> worker.instances().stream())
                .mapToInt(InstanceView::inFlight)
                .sum();
    }

    @Override
    public void finish() {
        ending.end();
    }
}
