package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import dev.thaw.kubernetes.resource.NodeReportReader;
import dev.thaw.kubernetes.resource.NodeSnapshotCache;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link SnapshotIndex} true by watching node reports and pods. The objects themselves are not kept: the index has
 * what is needed of them. Loss of the API server and expired watches are retried for ever, the index stays as it was.
 */
final class ClusterFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterFeed.class);
    private static final long PAGE = 100;
    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

    static final ResourceDefinitionContext REPORTS = new ResourceDefinitionContext.Builder()
            .withGroup(NodeSnapshotCache.GROUP)
            .withVersion(NodeSnapshotCache.VERSION)
            .withKind("NodeSnapshotCache")
            .withPlural(NodeSnapshotCache.PLURAL)
            .withNamespaced(false)
            .build();

    private final SnapshotIndex index;
    private final SnapshotIdentity identity;
    private final ExtenderMetrics metrics;
    private final Watched<GenericKubernetesResource> reports;
    private final Watched<Pod> pods;

    /** Starts to watch; returns before anything is known. */
    ClusterFeed(KubernetesClient client, SnapshotIndex index, SnapshotIdentity identity, ExtenderMetrics metrics) {
        requireNonNull(client, "client is null");
        this.index = requireNonNull(index, "index is null");
        this.identity = requireNonNull(identity, "identity is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        reports = new Watched<>(
                client.genericKubernetesResources(REPORTS).withLimit(PAGE).runnableInformer(0),
                new NameStore<>(GenericKubernetesResource::new),
                new ReportHandler(),
                failure -> lost("NodeSnapshotCache", failure));
        pods = new Watched<>(
                client.pods().inAnyNamespace().withLimit(500L).runnableInformer(0),
                new NameStore<>(Pod::new),
                new PodHandler(),
                failure -> lost("Pod", failure));
    }

    private void lost(String kind, Throwable failure) {
        metrics.watchLost(kind);
        LOG.warn("watching {} has to start anew: {}", kind, failure.getMessage());
    }

    /** Whether all that was there at the start is in the index. */
    boolean synced() {
        return reports.synced() && pods.synced();
    }

    @Override
    public void close() {
        reports.close();
        pods.close();
    }

    private final class ReportHandler implements ResourceEventHandler<GenericKubernetesResource> {
        @Override
        public void onAdd(GenericKubernetesResource resource) {
            String node = resource.getMetadata().getName();
            if (resource.getAdditionalProperties().get("status") == null) {
                // Made a moment ago, and not written to yet.
                index.forget(node);
                return;
            }
            try {
                index.apply(NodeReportReader.read(resource));
            } catch (IllegalArgumentException e) {
                metrics.badReport();
                LOG.warn("node {} is as good as unknown: its report is bad: {}", node, e.getMessage());
                index.forget(node);
            }
        }

        @Override
        public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
            onAdd(now);
        }

        @Override
        public void onDelete(GenericKubernetesResource resource, boolean finalStateUnknown) {
            index.forget(resource.getMetadata().getName());
        }
    }

    private final class PodHandler implements ResourceEventHandler<Pod> {
        @Override
        public void onAdd(Pod pod) {
            String node = pod.getSpec().getNodeName();
            String uid = pod.getMetadata().getUid();
            if (node == null || node.isEmpty() || runs(pod)) {
                index.podSettled(uid);
                return;
            }
            consider(pod, node, uid);
        }

        @Override
        public void onUpdate(Pod before, Pod now) {
            onAdd(now);
        }

        @Override
        public void onDelete(Pod pod, boolean finalStateUnknown) {
            index.podSettled(pod.getMetadata().getUid());
        }

        private void consider(Pod pod, String node, String uid) {
            try {
                PodFacts facts = PodFacts.of(pod);
                identity.of(facts).ifPresent(id -> index.podPending(uid, node, id, facts.demand()));
            } catch (IllegalArgumentException e) {
                LOG.warn(
                        "pod {}/{} has no identity: {}",
                        pod.getMetadata().getNamespace(),
                        pod.getMetadata().getName(),
                        e.getMessage());
            }
        }

        private static boolean runs(Pod pod) {
            if (pod.getStatus() == null) {
                return false;
            }
            String phase = pod.getStatus().getPhase();
            return ENDED.contains(String.valueOf(phase))
                    || pod.getStatus().getConditions().stream()
                            .anyMatch(condition -> condition.getType().equals("Ready")
                                    && condition.getStatus().equals("True"));
        }
    }
}
