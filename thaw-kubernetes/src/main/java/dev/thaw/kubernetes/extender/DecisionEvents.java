package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Explains decisions by Events, for pods that ask for it. Written by a thread of its own from a short queue: when the API server
 * is slow, explanations are dropped and counted, never awaited.
 */
final class DecisionEvents implements AutoCloseable {
    static final String ANNOTATION = "thaw.dev/explain";

    private static final Logger LOG = LoggerFactory.getLogger(DecisionEvents.class);

    private final KubernetesClient client;
    private final boolean always;
    private final ExtenderMetrics metrics;
    private final BlockingQueue<Decision> queue = new ArrayBlockingQueue<>(256);
    private final Thread writer;

    private record Decision(PodFacts pod, String summary) {}

    DecisionEvents(KubernetesClient client, boolean always, ExtenderMetrics metrics) {
        this.client = requireNonNull(client, "client is null");
        this.always = always;
        this.metrics = requireNonNull(metrics, "metrics is null");
        writer = Thread.ofVirtual().name("thaw-events").start(this::write);
    }

    boolean wanted(PodFacts pod) {
        return always || "true".equals(pod.annotations().get(ANNOTATION));
    }

    void decided(Prioritizer.Work work) {
        if (wanted(work.pod) && !queue.offer(new Decision(work.pod, work.summary()))) {
            metrics.eventDropped();
        }
    }

    private void write() {
        while (true) {
            try {
                Decision decision = queue.take();
                write(decision);
            } catch (InterruptedException e) {
                return;
            } catch (KubernetesClientException e) {
                metrics.eventDropped();
                LOG.warn("an explanation could not be written: {}", e.getMessage());
            }
        }
    }

    private void write(Decision decision) {
        PodFacts pod = decision.pod();
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        client.v1()
                .events()
                .inNamespace(pod.namespace())
                .resource(new EventBuilder()
                        .withNewMetadata()
                        .withName(
                                pod.name() + "." + UUID.randomUUID().toString().substring(0, 13))
                        .withNamespace(pod.namespace())
                        .endMetadata()
                        .withNewInvolvedObject()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withNamespace(pod.namespace())
                        .withName(pod.name())
                        .withUid(pod.uid())
                        .endInvolvedObject()
                        .withType("Normal")
                        .withReason("SnapshotPlacement")
                        .withMessage(decision.summary())
                        .withFirstTimestamp(now)
                        .withLastTimestamp(now)
                        .withCount(1)
                        .withNewSource()
                        .withComponent("thaw-extender")
                        .endSource()
                        .build())
                .create();
    }

    @Override
    public void close() {
        writer.interrupt();
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
