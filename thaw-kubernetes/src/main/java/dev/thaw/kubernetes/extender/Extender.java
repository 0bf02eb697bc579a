package dev.thaw.kubernetes.extender;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;

/**
 * A scheduler extender: an index fed by watches, and a server that answers from it. It keeps nothing, so that any number of
 * replicas may run side by side, each answering from what it has seen.
 */
public final class Extender implements AutoCloseable {
    private final SnapshotIndex index;
    private final ClusterFeed feed;
    private final DecisionEvents events;
    private final ExtenderServer server;

    /**
     * Starts to watch and to serve; {@link #ready} tells when both lists have been read.
     *
     * @throws IOException where the address cannot be had or the certificate cannot be read
     */
    public Extender(ExtenderConfig config, KubernetesClient client) throws IOException {
        this(config, client, System::nanoTime);
    }

    /**
     * For a cluster whose time is simulated.
     *
     * @param nanoTime the time by which fetches come forward, expectations end and silent nodes grow stale
     * @throws IOException where the address cannot be had or the certificate cannot be read
     */
    public Extender(ExtenderConfig config, KubernetesClient client, LongSupplier nanoTime) throws IOException {
        index = new SnapshotIndex(config.staleAfter(), nanoTime, Instant::now);
        Decider decider = new Decider(index, config);
        ExtenderMetrics metrics = new ExtenderMetrics(index);
        Optional<SSLContext> tls = config.tls().isPresent()
                ? Optional.of(ReloadingTls.context(
                        config.tls().get().certificate(), config.tls().get().key()))
                : Optional.empty();
        feed = new ClusterFeed(client, index, config.identity(), metrics);
        events = new DecisionEvents(client, config.events(), metrics);
        try {
            server = serve(
                    config,
                    tls,
                    new Prioritizer(index, decider, config.identity(), config.maxRequestBytes()),
                    metrics,
                    feed::synced,
                    events);
        } catch (IOException e) {
            events.close();
            feed.close();
            throw e;
        }
    }

    private static ExtenderServer serve(
            ExtenderConfig config,
            Optional<SSLContext> tls,
            Prioritizer prioritizer,
            ExtenderMetrics metrics,
            BooleanSupplier ready,
            DecisionEvents events)
            throws IOException {
        return new ExtenderServer(
                config.address(), tls, HttpListener.Limits.DEFAULT, prioritizer, metrics, ready, events::decided);
    }

    public boolean ready() {
        return feed.synced();
    }

    public InetSocketAddress address() {
        return server.address();
    }

    public SnapshotIndex index() {
        return index;
    }

    @Override
    public void close() {
        server.close();
        events.close();
        feed.close();
    }
}
