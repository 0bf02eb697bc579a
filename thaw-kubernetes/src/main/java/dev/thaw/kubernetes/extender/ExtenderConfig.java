package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.placement.CostModel;
import dev.thaw.node.placement.ExpectedCost;
import dev.thaw.node.placement.HolderOnly;
import dev.thaw.node.placement.LeastLoaded;
import dev.thaw.node.placement.PlacementPolicy;
import dev.thaw.node.placement.ScoreScale;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How an extender decides and where it listens.
 *
 * @param address where it listens; port 0 takes a free one
 * @param tls empty for plain HTTP
 * @param rule the policy
 * @param costs what things cost on this cluster; of {@link Rule#COST} alone
 * @param scale what a point is worth
 * @param peers whether nodes serve each other's missing bytes
 * @param identity which pods are ours
 * @param staleAfter a node whose heartbeat has not changed for so long is as good as unknown
 * @param maxRequestBytes the longest request that is read
 * @param events whether each decision is explained by an Event on its pod; otherwise only for pods that ask with the
 *     annotation {@code thaw.dev/explain: "true"}
 */
public record ExtenderConfig(
        InetSocketAddress address,
        Optional<TlsFiles> tls,
        Rule rule,
        CostModel costs,
        ScoreScale scale,
        boolean peers,
        SnapshotIdentity identity,
        Duration staleAfter,
        long maxRequestBytes,
        boolean events) {

    /** Ten heartbeats and more of the node's writer. */
    public static final Duration DEFAULT_STALE_AFTER = Duration.ofMinutes(2);

    /** Five thousand whole nodes of a large cluster; names alone are far smaller. */
    public static final long DEFAULT_MAX_REQUEST_BYTES = 128 << 20;

    /** The policies to choose from. */
    public enum Rule {
        /** The expected cost of a start. */
        COST,
        /** All or nothing for having the snapshot, as in the thesis. */
        HOLDER_ONLY,
        /** The node with most free memory. */
        LEAST_LOADED
    }

    public record TlsFiles(Path certificate, Path key) {}

    public ExtenderConfig {
        requireNonNull(address, "address is null");
        requireNonNull(tls, "tls is null");
        requireNonNull(rule, "rule is null");
        requireNonNull(costs, "costs is null");
        requireNonNull(scale, "scale is null");
        requireNonNull(identity, "identity is null");
        if (staleAfter.isNegative() || staleAfter.isZero()) {
            throw new IllegalArgumentException("staleAfter is " + staleAfter + ", it must be positive");
        }
        if (maxRequestBytes < 1024) {
            throw new IllegalArgumentException("maxRequestBytes is " + maxRequestBytes + ", no request is that short");
        }
    }

    public static ExtenderConfig at(InetSocketAddress address) {
        return new ExtenderConfig(
                address,
                Optional.empty(),
                Rule.COST,
                CostModel.DEFAULT,
                ScoreScale.DEFAULT,
                false,
                SnapshotIdentity.DEFAULT,
                DEFAULT_STALE_AFTER,
                DEFAULT_MAX_REQUEST_BYTES,
                false);
    }

    public ExtenderConfig with(Rule other, CostModel otherCosts, ScoreScale otherScale) {
        return new ExtenderConfig(
                address, tls, other, otherCosts, otherScale, peers, identity, staleAfter, maxRequestBytes, events);
    }

    public ExtenderConfig with(TlsFiles files) {
        return new ExtenderConfig(
                address, Optional.of(files), rule, costs, scale, peers, identity, staleAfter, maxRequestBytes, events);
    }

    PlacementPolicy policy() {
        return switch (rule) {
            case COST -> new ExpectedCost(costs);
            case HOLDER_ONLY -> new HolderOnly(scale);
            case LEAST_LOADED -> new LeastLoaded(scale);
        };
    }
}
