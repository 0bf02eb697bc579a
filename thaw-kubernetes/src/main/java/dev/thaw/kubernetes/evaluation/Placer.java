package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.evaluation.Workload.Arrival;
import java.util.List;

/** Who decides: the real scheduler, or an imitation. */
interface Placer extends AutoCloseable {
    /**
     * Places instances that arrive together.
     *
     * @return the node of each, in order; null where it has room nowhere
     */
    List<@org.jspecify.annotations.Nullable ModelNode> place(List<Arrival> arrivals);

    /** Instances have ended. */
    void end(List<Arrival> arrivals);

    /**
     * Nodes' states have changed; called once a step.
     *
     * @param now simulated, in seconds
     */
    void publish(List<ModelNode> nodes, double now);

    @Override
    void close();
}
