package dev.thaw.kubernetes;

import dev.thaw.kubernetes.extender.ExtenderConfig;
import dev.thaw.kubernetes.extender.ExtenderConfig.Rule;
import dev.thaw.kubernetes.extender.SnapshotIdentity;
import dev.thaw.node.placement.CostModel;
import dev.thaw.node.placement.ScoreScale;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say how nodes are scored; every weight of the formula is one. */
final class PolicyOptions {
    @Option(
            names = "--policy",
            defaultValue = "COST",
            description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
    private Rule policy = Rule.COST;

    @Option(names = "--score-maximum", defaultValue = "100", description = "The best score; default ${DEFAULT-VALUE}.")
    private int scoreMaximum;

    @Option(
            names = "--score-range",
            defaultValue = "5s",
            converter = DurationText.class,
            description = "Extra cost at which a score is 0; default ${DEFAULT-VALUE}.")
    private Duration scoreRange = Duration.ZERO;

    @Option(
            names = "--origin-latency",
            defaultValue = "20ms",
            converter = DurationText.class,
            description = "First byte of the object store; default ${DEFAULT-VALUE}.")
    private Duration originLatency = Duration.ZERO;

    @Option(
            names = "--origin-rate",
            defaultValue = "100000000",
            description = "Bytes a second of one thaw from the object store; default ${DEFAULT-VALUE}.")
    private long originRate;

    @Option(names = "--peers", description = "Nodes serve each other's missing bytes.")
    private boolean peers;

    @Option(
            names = "--peer-latency",
            defaultValue = "1ms",
            converter = DurationText.class,
            description = "First byte of another node; default ${DEFAULT-VALUE}.")
    private Duration peerLatency = Duration.ZERO;

    @Option(
            names = "--peer-rate",
            defaultValue = "500000000",
            description = "Bytes a second of one thaw from another node; default ${DEFAULT-VALUE}.")
    private long peerRate;

    @Option(
            names = "--link-rate",
            defaultValue = "1250000000",
            description = "Bytes a second of a node's network; default ${DEFAULT-VALUE}.")
    private long linkRate;

    @Option(
            names = "--thaw-time",
            defaultValue = "100ms",
            converter = DurationText.class,
            description = "A core's time for a thaw; default ${DEFAULT-VALUE}.")
    private Duration thawTime = Duration.ZERO;

    @Option(
            names = "--boot-time",
            defaultValue = "2.5s",
            converter = DurationText.class,
            description = "A core's time for a boot; default ${DEFAULT-VALUE}.")
    private Duration bootTime = Duration.ZERO;

    @Option(
            names = "--least-cores",
            defaultValue = "0.5",
            description =
                    "What thaws get of a node's cores where instances have asked for all of them; default ${DEFAULT-VALUE}.")
    private double leastCores;

    @Option(
            names = "--assumed-working-set",
            defaultValue = "24000000",
            description = "Bytes of a working set that no node has reported yet; default ${DEFAULT-VALUE}.")
    private long assumedWorkingSet;

    @Option(
            names = "--patience",
            defaultValue = "100ms",
            converter = DurationText.class,
            description =
                    "A start that takes so long counts double, one of twice the length threefold; default ${DEFAULT-VALUE}.")
    private Duration patience = Duration.ZERO;

    @Option(
            names = "--origin-weight",
            defaultValue = "1",
            description =
                    "What a byte from the object store costs others, as a share of its own time; default ${DEFAULT-VALUE}.")
    private double originWeight;

    @Option(
            names = "--eviction-weight",
            defaultValue = "0.5",
            description = "Cost of evicting a byte, as a share of fetching it; default ${DEFAULT-VALUE}.")
    private double evictionWeight;

    @Option(
            names = "--full-memory",
            defaultValue = "0s",
            converter = DurationText.class,
            description =
                    "Extra cost on a node with all memory taken; default ${DEFAULT-VALUE}, for kube-scheduler balances memory.")
    private Duration fullMemory = Duration.ZERO;

    @Option(
            names = "--crowding-floor",
            defaultValue = "0.5",
            description = "A node with less of its memory taken is never crowded; default ${DEFAULT-VALUE}.")
    private double crowdingFloor;

    @Option(
            names = "--crowding-tolerance",
            defaultValue = "0.095",
            description =
                    "How far a node's share of taken memory may lie above the mean at no cost; default ${DEFAULT-VALUE}.")
    private double crowdingTolerance;

    @Option(
            names = "--crowding",
            defaultValue = "200s",
            converter = DurationText.class,
            description = "Extra cost for each whole share above that; default ${DEFAULT-VALUE}.")
    private Duration crowding = Duration.ZERO;

    @Option(
            names = "--runtime-class",
            defaultValue = "thaw",
            description = "Runtime class of pods that are ours; default ${DEFAULT-VALUE}.")
    private String runtimeClass = "";

    @Option(
            names = "--stale-after",
            defaultValue = "2m",
            converter = DurationText.class,
            description = "A node silent for so long is as good as unknown; default ${DEFAULT-VALUE}.")
    private Duration staleAfter = Duration.ZERO;

    ExtenderConfig config(
            InetSocketAddress address, Optional<ExtenderConfig.TlsFiles> tls, long maxRequestBytes, boolean events) {
        return new ExtenderConfig(
                address,
                tls,
                policy,
                new CostModel(
                        originLatency,
                        originRate,
                        peerLatency,
                        peerRate,
                        linkRate,
                        thawTime,
                        bootTime,
                        leastCores,
                        assumedWorkingSet,
                        patience,
                        originWeight,
                        evictionWeight,
                        fullMemory,
                        crowdingFloor,
                        crowdingTolerance,
                        crowding),
                new ScoreScale(scoreMaximum, scoreRange),
                peers,
                new SnapshotIdentity(runtimeClass),
                staleAfter,
                maxRequestBytes,
                events);
    }
}
