package dev.thaw.node.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExpectedCostTest {
    private static final long MB = 1_000_000;
    private static final long GB = 1000 * MB;
    private static final PlacementPolicy POLICY = new ExpectedCost(CostModel.DEFAULT);

    private final PlacementRequest request = new PlacementRequest("pod", 256 * MB, 24 * MB, 0);

    @Test
    void fetchesMissingBytesAtTheRateOfTheOrigin() {
        Cost cost = POLICY.cost(request, idle(), true, 14 * MB);
        assertThat(cost.fetchMillis()).isCloseTo(20 + 100, within(1e-9));
        assertThat(cost.totalMillis()).isCloseTo(100 + 120, within(1e-9));
    }

    @Test
    void fetchesFromAPeerWhatThePeerHas() {
        PlacementRequest peers = new PlacementRequest("pod", 256 * MB, 24 * MB, 19 * MB);
        Cost cost = POLICY.cost(peers, idle(), true, 9 * MB);
        assertThat(cost.fetchMillis()).isCloseTo(1 + 10 * 1000.0 / 500 + 20 + 5 * 1000.0 / 100, within(1e-9));
    }

    @Test
    void sharesTheLinkWithRunningThaws() {
        Cost cost = POLICY.cost(request, new NodeLoad(64, 64 * GB, 64 * GB, 24, GB), true, 14 * MB);
        assertThat(cost.fetchMillis()).isCloseTo(20 + 10 * MB * 25 * 1000.0 / 1_250_000_000, within(1e-9));
    }

    @Test
    void chargesBytesThatHaveToLeaveTheCache() {
        Cost cost = POLICY.cost(request, new NodeLoad(4, 64 * GB, 64 * GB, 0, 4 * MB), true, 10 * MB);
        assertThat(cost.evictionMillis()).isCloseTo(0.5 * 10 * 1000.0 / 100, within(1e-9));
    }

    @Test
    void aHolderLosesAgainstAnIdleNodeWhenItsQueueCostsMoreThanTheBytes() {
        List<NodeView> shortQueue = List.of(holder(8), new NodeView("idle", idle(), true, 0));
        List<NodeView> longQueue = List.of(holder(16), new NodeView("idle", idle(), true, 0));
        // 24 MB cost 260 ms; eight thaws on four cores 200 ms, sixteen 400 ms.
        assertThat(POLICY.score(request, shortQueue, ScoreScale.DEFAULT)).containsExactly(100, 99);
        assertThat(POLICY.score(request, longQueue, ScoreScale.DEFAULT)).containsExactly(97, 100);
        // The rule of the thesis would queue for ever.
        assertThat(new HolderOnly(ScoreScale.DEFAULT).score(request, longQueue, ScoreScale.DEFAULT))
                .containsExactly(100, 0);
    }

    @Test
    void bootsWhereNoSnapshotFits() {
        assertThat(POLICY.cost(request, idle(), false, 0)).isEqualTo(new Cost(2500, 0, 0, 0, 0));
    }

    @Test
    void bootsWhereTheBytesWouldTakeLongerThanABoot() {
        PlacementRequest huge = new PlacementRequest("pod", 256 * MB, 10 * GB, 0);
        assertThat(POLICY.cost(huge, idle(), true, 1)).isEqualTo(new Cost(2500, 0, 0, 0, 0));
    }

    @Test
    void aNodeWithoutRoomScoresNothing() {
        List<NodeView> nodes = List.of(
                new NodeView("full", new NodeLoad(4, 64 * GB, 255 * MB, 0, GB), true, 24 * MB),
                new NodeView("idle", idle(), true, 0));
        assertThat(POLICY.score(request, nodes, ScoreScale.DEFAULT)).containsExactly(0, 100);
        assertThat(new Placement(POLICY, ScoreScale.DEFAULT).choose(request, nodes.subList(0, 1)))
                .isEmpty();
    }

    @Test
    void aBurstOfEqualInstancesSpreadsOverEqualNodes() {
        List<NodeView> nodes = IntStream.range(0, 4)
                .mapToObj(i -> new NodeView("worker-" + i, idle(), true, 0))
                .toList();
        Placement placement = new Placement(POLICY, ScoreScale.DEFAULT);
        Map<String, Integer> chosen = new HashMap<>();
        for (int i = 0; i < 4000; i++) {
            PlacementRequest one = new PlacementRequest("pod-" + i, 256 * MB, 24 * MB, 0);
            chosen.merge(placement.choose(one, nodes).orElseThrow().name(), 1, Integer::sum);
        }
        assertThat(chosen)
                .hasSize(4)
                .allSatisfy((name, count) -> assertThat(count).isBetween(850, 1150));
    }

    @Test
    void memoryBalancesWhereItHasAPrice() {
        PlacementPolicy balancing = new ExpectedCost(CostModel.DEFAULT.withFullMemory(Duration.ofSeconds(5)));
        NodeLoad half = new NodeLoad(4, 10 * GB, 5 * GB, 0, GB);
        assertThat(balancing
                        .cost(new PlacementRequest("pod", GB, 0, 0), half, true, 0)
                        .memoryMillis())
                .isCloseTo(3000, within(1e-6));
    }

    @Test
    void refusesImpossibleNumbersBeforeTheyReachAScore() {
        assertThatThrownBy(() -> new NodeLoad(0, 1, 1, 0, 0)).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> new NodeLoad(1, 1, 2, 0, 0)).hasMessageContaining("freeMemoryBytes");
        assertThatThrownBy(() -> new NodeLoad(1, 1, 1, -1, 0)).hasMessageContaining("runningThaws");
        assertThatThrownBy(() -> new NodeView("n", idle(), true, -1)).hasMessageContaining("presentBytes");
        assertThatThrownBy(() -> new PlacementRequest("p", -1, 0, 0)).hasMessageContaining("memoryBytes");
        assertThatThrownBy(() -> new ScoreScale(0, Duration.ofSeconds(1))).hasMessageContaining("maximum");
        assertThatThrownBy(() -> CostModel.DEFAULT.withEvictionWeight(Double.NaN))
                .hasMessageContaining("evictionWeight");
        assertThatThrownBy(() -> CostModel.DEFAULT.withFullMemory(Duration.ofSeconds(-1)))
                .hasMessageContaining("fullMemory");
    }

    private static NodeView holder(int runningThaws) {
        return new NodeView("holder", new NodeLoad(4, 64 * GB, 64 * GB, runningThaws, GB), true, 24 * MB);
    }

    private static NodeLoad idle() {
        return new NodeLoad(4, 64 * GB, 64 * GB, 0, GB);
    }
}
