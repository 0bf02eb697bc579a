package dev.thaw.node.placement;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/** Picks one node, where no cluster's scheduler does: among the workers of one machine. */
public final class Placement {
    private final PlacementPolicy policy;
    private final ScoreScale scale;

    public Placement(PlacementPolicy policy, ScoreScale scale) {
        this.policy = requireNonNull(policy, "policy is null");
        this.scale = requireNonNull(scale, "scale is null");
    }

    /**
     * The node with the highest score. Nodes with equal scores are ordered by a hash of the instance and the node's name
     * (rendezvous hashing), so that a burst of equal instances spreads over them, and every caller spreads it alike.
     *
     * @return empty where the instance has room on no node
     */
    public Optional<NodeView> choose(PlacementRequest request, List<NodeView> nodes) {
        int[] scores = policy.score(request, nodes, scale);
        NodeView chosen = null;
        int bestScore = -1;
        long bestRank = 0;
        for (int i = 0; i < scores.length; i++) {
            NodeView node = nodes.get(i);
            if (scores[i] < bestScore || node.load().freeMemoryBytes() < request.memoryBytes()) {
                continue;
            }
            long rank = rank(request.instance(), node.name());
            if (scores[i] > bestScore || Long.compareUnsigned(rank, bestRank) > 0) {
                chosen = node;
                bestScore = scores[i];
                bestRank = rank;
            }
        }
        return Optional.ofNullable(chosen);
    }

    /** Mixes both hashes with the finalizer of SplitMix64, which spreads every bit of the input over the whole word. */
    private static long rank(String instance, String node) {
        long z = ((long) instance.hashCode() << 32) ^ (node.hashCode() * 0x9E3779B97F4A7C15L);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
