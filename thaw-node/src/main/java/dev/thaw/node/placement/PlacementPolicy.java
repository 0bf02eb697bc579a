package dev.thaw.node.placement;

import java.util.List;

/**
 * A rule that says where an instance should start. Pure: equal arguments give equal answers, whatever the order of the nodes.
 *
 * <p>More bytes present never raise a node's cost; more running thaws, or less free memory, never lower it.
 */
public interface PlacementPolicy {

    /**
     * Cost of starting the instance on a node. Called once per node and decision, so it must not allocate what outlives it.
     *
     * @param fits whether a snapshot is known that this node can thaw
     * @param presentBytes bytes of the working set in the node's cache
     * @param arrivingBytes further bytes of it that the node fetches already for another start: to be waited for, and not to
     *     be fetched again
     * @return {@link Cost#NO_ROOM} where the instance's memory does not fit
     */
    Cost cost(PlacementRequest request, NodeLoad load, boolean fits, long presentBytes, long arrivingBytes);

    default Cost cost(PlacementRequest request, NodeView node) {
        return cost(request, node.load(), node.fits(), node.presentBytes(), node.arrivingBytes());
    }

    /**
     * Scores in the order of {@code nodes}, each from 0 to the scale's maximum. The mean of the memory taken is that of these
     * nodes, whatever the request says.
     */
    default int[] score(PlacementRequest request, List<NodeView> nodes, ScoreScale scale) {
        double mean = nodes.stream()
                .mapToDouble(node -> node.load().memoryShare())
                .average()
                .orElse(0);
        PlacementRequest among = request.withMeanMemoryShare(mean);
        double[] millis = new double[nodes.size()];
        for (int i = 0; i < millis.length; i++) {
            millis[i] = cost(among, nodes.get(i)).totalMillis();
        }
        int[] scores = new int[millis.length];
        scale.scores(millis, millis.length, scores);
        return scores;
    }
}
