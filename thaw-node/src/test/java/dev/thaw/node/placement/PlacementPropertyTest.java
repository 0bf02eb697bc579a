package dev.thaw.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for each policy whatever the numbers are. The seed is in each failure's description. */
class PlacementPropertyTest {
    private static final int ROUNDS = 4_000;
    private static final ScoreScale SCALE = ScoreScale.DEFAULT;

    static Stream<PlacementPolicy> policies() {
        return Stream.of(
                new ExpectedCost(CostModel.DEFAULT),
                new ExpectedCost(
                        CostModel.DEFAULT.withFullMemory(Duration.ofSeconds(5)).withEvictionWeight(0)),
                new HolderOnly(SCALE),
                new LeastLoaded(SCALE));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void scoresStayInRangeAndTheBestNodeWithRoomGetsAll(PlacementPolicy policy) {
        forEachRound((seed, candidates) -> {
            PlacementRequest request = candidates.request();
            List<NodeView> nodes = candidates.nodes();
            int[] scores = policy.score(request, nodes, SCALE);
            assertThat(scores).as("seed %d", seed).hasSize(nodes.size());
            int best = 0;
            boolean room = false;
            for (int i = 0; i < scores.length; i++) {
                double cost = policy.cost(request, nodes.get(i)).totalMillis();
                assertThat(cost)
                        .as("seed %d, cost of %s", seed, nodes.get(i))
                        .isNotNaN()
                        .isNotNegative();
                assertThat(scores[i]).as("seed %d, %s", seed, nodes.get(i)).isBetween(0, SCALE.maximum());
                best = Math.max(best, scores[i]);
                room |= cost < Double.POSITIVE_INFINITY;
            }
            assertThat(best).as("seed %d", seed).isEqualTo(room ? SCALE.maximum() : 0);
        });
    }

    @ParameterizedTest
    @MethodSource("policies")
    void moreBytesNeverLowerAScore(PlacementPolicy policy) {
        assertNeverLowers(policy, (candidates, node) -> {
            long more = node.presentBytes() + Math.min(candidates.size(), Long.MAX_VALUE - node.presentBytes());
            return new NodeView(
                    node.name(), node.load(), node.fits() || more > node.presentBytes(), more, node.arrivingBytes());
        });
    }

    @ParameterizedTest
    @MethodSource("policies")
    void moreBytesOnTheirWayNeverLowerAScore(PlacementPolicy policy) {
        assertNeverLowers(policy, (candidates, node) -> {
            long more = node.arrivingBytes() + Math.min(candidates.size(), Long.MAX_VALUE - node.arrivingBytes());
            return new NodeView(node.name(), node.load(), node.fits(), node.presentBytes(), more);
        });
    }

    @ParameterizedTest
    @MethodSource("policies")
    void lessLoadNeverLowersAScore(PlacementPolicy policy) {
        assertNeverLowers(policy, (candidates, node) -> {
            NodeLoad load = node.load();
            long freed = (long) ((load.memoryBytes() - load.freeMemoryBytes())
                    * candidates.random().nextDouble());
            NodeLoad less = new NodeLoad(
                    load.cores() + candidates.index(3),
                    load.memoryBytes(),
                    Math.min(load.memoryBytes(), load.freeMemoryBytes() + freed),
                    load.runningThaws() == 0 ? 0 : candidates.index(load.runningThaws()),
                    load.freeCacheBytes());
            return new NodeView(node.name(), less, node.fits(), node.presentBytes(), node.arrivingBytes());
        });
    }

    @ParameterizedTest
    @MethodSource("policies")
    void theOrderOfTheNodesChangesNothing(PlacementPolicy policy) {
        Placement placement = new Placement(policy, SCALE);
        forEachRound((seed, candidates) -> {
            PlacementRequest request = candidates.request();
            List<NodeView> nodes = candidates.nodes();
            List<NodeView> shuffled = new ArrayList<>(nodes);
            Collections.shuffle(shuffled, candidates.random());
            int[] scores = policy.score(request, nodes, SCALE);
            int[] again = policy.score(request, shuffled, SCALE);
            for (int i = 0; i < scores.length; i++) {
                assertThat(again[shuffled.indexOf(nodes.get(i))])
                        .as("seed %d", seed)
                        .isEqualTo(scores[i]);
            }
            assertThat(placement.choose(request, shuffled))
                    .as("seed %d", seed)
                    .isEqualTo(placement.choose(request, nodes));
        });
    }

    private static void assertNeverLowers(PlacementPolicy policy, Change change) {
        forEachRound((seed, candidates) -> {
            PlacementRequest request = candidates.request();
            List<NodeView> nodes = candidates.nodes();
            int[] before = policy.score(request, nodes, SCALE);
            int changed = candidates.index(nodes.size());
            UnaryOperator<NodeView> operator = node -> change.apply(candidates, node);
            List<NodeView> better = new ArrayList<>(nodes);
            better.set(changed, operator.apply(nodes.get(changed)));
            int[] after = policy.score(request, better, SCALE);
            assertThat(after[changed])
                    .as("seed %d: %s became %s", seed, nodes.get(changed), better.get(changed))
                    .isGreaterThanOrEqualTo(before[changed]);
        });
    }

    private static void forEachRound(Round round) {
        for (long seed = 1; seed <= ROUNDS; seed++) {
            round.run(seed, new RandomCandidates(seed));
        }
    }

    private interface Round {
        void run(long seed, RandomCandidates candidates);
    }

    private interface Change {
        NodeView apply(RandomCandidates candidates, NodeView node);
    }
}
