package dev.thaw.kubernetes.publish;

import static java.util.Objects.requireNonNull;

import dev.thaw.kubernetes.resource.NodeSnapshotCache;
import dev.thaw.kubernetes.resource.NodeSnapshotCacheStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * Writes a node's report: makes the object, owned by its Node, where it is missing, and applies the status on the server side.
 * Applying names all that the node says, so a repeated or delayed write converges and none conflicts.
 */
public final class ReportPublisher {
    private static final String FIELD_MANAGER = "thaw-node";

    private final KubernetesClient client;
    private final String node;
    private final String version;
    private final Supplier<Instant> clock;

    public ReportPublisher(KubernetesClient client, String node, String version, Supplier<Instant> clock) {
        this.client = requireNonNull(client, "client is null");
        this.node = requireNonNull(node, "node is null");
        this.version = requireNonNull(version, "version is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /**
     * Writes one report.
     *
     * @throws KubernetesClientException where the API server is not reached or does not let us
     */
    public void publish(NodeState state) {
        NodeSnapshotCacheStatus status = ReportComposer.compose(state, clock.get(), version);
        try {
            apply(status);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            create();
            apply(status);
        }
    }

    private void apply(NodeSnapshotCacheStatus status) {
        NodeSnapshotCache report = new NodeSnapshotCache();
        report.setMetadata(new ObjectMetaBuilder().withName(node).build());
        report.setStatus(status);
        PatchContext serverSide = new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(FIELD_MANAGER)
                // A former version of ourselves may own fields under another name.
                .withForce(true)
                .build();
        client.resources(NodeSnapshotCache.class)
                .resource(report)
                .subresource("status")
                .patch(serverSide);
    }

    private void create() {
        Node owner = client.nodes().withName(node).get();
        if (owner == null) {
            throw new KubernetesClientException(
                    "there is no node " + node + " in the cluster; is the node's name right?");
        }
        NodeSnapshotCache report = new NodeSnapshotCache();
        report.setMetadata(new ObjectMetaBuilder()
                .withName(node)
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("v1")
                        .withKind("Node")
                        .withName(node)
                        .withUid(owner.getMetadata().getUid())
                        .build())
                .build());
        try {
            client.resources(NodeSnapshotCache.class).resource(report).create();
        } catch (KubernetesClientException e) {
            // Another writer of this node made it a moment ago, during a rolling update.
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }
}
