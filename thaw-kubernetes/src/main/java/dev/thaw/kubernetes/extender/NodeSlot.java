package dev.thaw.kubernetes.extender;

import dev.thaw.node.placement.Demand;
import dev.thaw.node.placement.NodeLoad;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One node as the index sees it. Guarded by the index's lock. */
final class NodeSlot {
    final int id;
    final String name;
    final byte[] nameBytes;

    /** The beginning of the node's line in an answer. */
    final byte[] answerPrefix;

    /** What the node last said, or null before it first did. */
    @Nullable
    NodeLoad reported;

    /** {@link #reported} with the thaws that are on their way; what decisions use. Written under the lock; a decision that has left it may still look. */
    @Nullable
    NodeLoad load;

    String hostClassName = "";
    int hostClass = -1;
    Instant heartbeat = Instant.MIN;

    /** When the heartbeat last changed, by the clock of this process: nodes' clocks may differ. */
    long heardNanos;

    long[] keys = new long[0];

    /** Pods bound to the node that do not run yet. */
    int pendingPods;

    /** What those pods take, and what those take that have settled since the last report. */
    Demand pendingDemand = Demand.NONE;

    Demand settledDemand = Demand.NONE;

    /** Snapshots that pods brought here since the last report, with the pods' numbers. */
    final Map<Long, Integer> arrived = new HashMap<>();

    NodeSlot(int id, String name) {
        this.id = id;
        this.name = name;
        this.nameBytes = name.getBytes(StandardCharsets.UTF_8);
        // Kubernetes' names need no escaping.
        this.answerPrefix = ("{\"Host\":\"" + name + "\",\"Score\":").getBytes(StandardCharsets.UTF_8);
    }

    /** The node counts thaws that it knows of, the pods also those that it does not know of yet; neither is in both. */
    void refreshLoad() {
        NodeLoad said = reported;
        load = said == null ? null : said.with(pendingDemand.plus(settledDemand), pendingPods);
    }

    boolean idle() {
        return reported == null && pendingPods == 0;
    }
}
