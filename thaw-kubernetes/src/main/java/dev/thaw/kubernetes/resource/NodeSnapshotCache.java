package dev.thaw.kubernetes.resource;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * What one node has in its snapshot cache, and the room it has for more. Cluster-scoped, named after its node and owned by it,
 * so that it goes with its node. There is nothing to wish for, so there is a status and no specification.
 */
@Group(NodeSnapshotCache.GROUP)
@Version(NodeSnapshotCache.VERSION)
@Kind("NodeSnapshotCache")
@Singular("nodesnapshotcache")
@Plural(NodeSnapshotCache.PLURAL)
@ShortNames("nsc")
@AdditionalPrinterColumn(name = "Snapshots", jsonPath = ".status.snapshotCount", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Used", jsonPath = ".status.used", type = Type.STRING)
@AdditionalPrinterColumn(name = "Capacity", jsonPath = ".status.capacity", type = Type.STRING)
@AdditionalPrinterColumn(name = "Free memory", jsonPath = ".status.freeMemory", type = Type.STRING)
@AdditionalPrinterColumn(name = "Thaws", jsonPath = ".status.runningThaws", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Heartbeat", jsonPath = ".status.heartbeat", type = Type.DATE)
@AdditionalPrinterColumn(name = "Version", jsonPath = ".status.version", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public final class NodeSnapshotCache extends CustomResource<Void, NodeSnapshotCacheStatus> {
    public static final String GROUP = "thaw.dev";
    public static final String VERSION = "v1alpha1";
    public static final String PLURAL = "nodesnapshotcaches";

    private static final long serialVersionUID = 1;
}
