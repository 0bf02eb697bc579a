package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.evaluation.Workload.Function;
import dev.thaw.kubernetes.publish.NodeState;
import dev.thaw.kubernetes.resource.SnapshotEntry;
import dev.thaw.node.placement.Demand;
import dev.thaw.node.placement.NodeLoad;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a node of the model would publish. */
final class NodeStates {
    static final String NAMESPACE = "functions";

    private NodeStates() {}

    /** The identity that the extender derives from a pod with the function's revision label. */
    static String identity(Function function) {
        return "revision/" + NAMESPACE + "/" + NAMESPACE + "/" + function.name();
    }

    static Demand demand(Function function) {
        return new Demand(function.memoryBytes(), function.cpuMillis() / 1000.0);
    }

    /** @param now simulated, in seconds */
    static NodeState of(ModelNode node, double now) {
        List<SnapshotEntry> entries = new ArrayList<>();
        for (Function function : node.cached()) {
            long bytes = function.workingSetBytes();
            entries.add(new SnapshotEntry(identity(function), bytes, bytes, bytes));
        }
        Collections.reverse(entries);
        ModelNode.Size size = node.size;
        NodeLoad load = new NodeLoad(
                node.idleCores(),
                size.memoryBytes(),
                Math.max(0, size.memoryBytes() - node.memoryUsed()),
                node.runningThaws(now),
                Math.max(0, size.cacheBytes() - node.cachedBytes()));
        return new NodeState(size.cacheBytes(), node.cachedBytes(), "model", load, entries);
    }
}
