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

    /** Time alone: what a start costs others and how long it lasts count for nothing. */
    private static final PlacementPolicy PLAIN =
            new ExpectedCost(CostModel.DEFAULT.withOriginWeight(0).withPatience(Duration.ofHours(20)));

    private final PlacementRequest request = new PlacementRequest("pod", new Demand(256 * MB, 0), 24 * MB, 0);

    @Test
    void fetchesMissingBytesAtTheRateOfTheOrigin() {
        Cost cost = cost(POLICY, idle(), 14 * MB);
        assertThat(cost.fetchMillis()).isCloseTo(20 + 100, within(1e-9));
        assertThat(cost.latencyMillis()).isCloseTo(100 + 120, within(1e-9));
    }

    @Test
    void aStartOfTwiceTheLengthIsMoreThanTwiceAsBad() {
        // 100 ms of patience: 220 ms count as 220 × (1 + 2.2).
        assertThat(cost(POLICY, idle(), 14 * MB).impatienceMillis()).isCloseTo(220 * 2.2, within(1e-9));
    }

    @Test
    void othersPayForBytesFromTheOriginUnlessTheyComeAnyway() {
        assertThat(cost(POLICY, idle(), 14 * MB).originMillis()).isCloseTo(100, within(1e-9));
        Cost joined = POLICY.cost(request, idle(), true, 14 * MB, 10 * MB);
        assertThat(joined.originMillis()).isZero();
        assertThat(joined.fetchMillis()).isCloseTo(20 + 100, within(1e-9));
    }

    @Test
    void coresAreSharedAndTheInstanceTakesItsOwn() {
        NodeLoad load = new NodeLoad(2.5, 64 * GB, 64 * GB, 3, GB);
        PlacementRequest half = new PlacementRequest("pod", new Demand(MB, 0.5), 0, 0);
        // Four thaws on two cores: each takes twice as long.
        assertThat(POLICY.cost(half, load, true, 0, 0).waitMillis()).isCloseTo(100, within(1e-9));
        // Where nothing is left, something is left all the same.
        NodeLoad none = new NodeLoad(NodeLoad.LEAST_CORES, 64 * GB, 64 * GB, 0, GB);
        assertThat(POLICY.cost(half, none, true, 0, 0).waitMillis()).isCloseTo(100, within(1e-9));
    }

    @Test
    void aNodeIsCrowdedAboveTheFloorAndTheTolerance() {
        PlacementRequest among = new PlacementRequest("pod", new Demand(GB, 0), 0, 0);
        NodeLoad load = new NodeLoad(4, 10 * GB, 3 * GB, 0, GB);
        double above = cost(POLICY, among.withMeanMemoryShare(0.6), load).memoryMillis();
        assertThat(above).isCloseTo(200_000 * (0.8 - 0.6 - 0.095), within(1e-6));
        // Around an idle cluster a node may be half full at no price.
        double floor = cost(POLICY, among.withMeanMemoryShare(0.1), load).memoryMillis();
        assertThat(floor).isCloseTo(200_000 * (0.8 - 0.5), within(1e-6));
        assertThat(cost(POLICY, among.withMeanMemoryShare(0.1), new NodeLoad(4, 10 * GB, 6 * GB, 0, GB))
                        .memoryMillis())
                .isZero();
    }

    @Test
    void fetchesFromAPeerWhatThePeerHas() {
        PlacementRequest peers = new PlacementRequest("pod", new Demand(256 * MB, 0), 24 * MB, 19 * MB);
        Cost cost = POLICY.cost(peers, idle(), true, 9 * MB, 0);
        assertThat(cost.fetchMillis()).isCloseTo(1 + 10 * 1000.0 / 500 + 20 + 5 * 1000.0 / 100, within(1e-9));
    }

    @Test
    void sharesTheLinkWithRunningThaws() {
        Cost cost = cost(POLICY, new NodeLoad(64, 64 * GB, 64 * GB, 24, GB), 14 * MB);
        assertThat(cost.fetchMillis()).isCloseTo(20 + 10 * MB * 25 * 1000.0 / 1_250_000_000, within(1e-9));
    }

    @Test
    void chargesBytesThatHaveToLeaveTheCache() {
        Cost cost = cost(PLAIN, new NodeLoad(4, 64 * GB, 64 * GB, 0, 4 * MB), 10 * MB);
        assertThat(cost.evictionMillis()).isCloseTo(0.5 * 10 * 1000.0 / 100, within(1e-9));
    }

    @Test
    void aHolderLosesAgainstAnIdleNodeWhenItsQueueCostsMoreThanTheBytes() {
        List<NodeView> shortQueue = List.of(holder(8), new NodeView("idle", idle(), true, 0));
        List<NodeView> longQueue = List.of(holder(16), new NodeView("idle", idle(), true, 0));
        // 24 MB cost 260 ms; a ninth thaw on four cores takes 125 ms more than alone, a seventeenth 325 ms.
        assertThat(PLAIN.score(request, shortQueue, ScoreScale.DEFAULT)).containsExactly(100, 97);
        assertThat(PLAIN.score(request, longQueue, ScoreScale.DEFAULT)).containsExactly(99, 100);
        // The rule of the thesis would queue for ever.
        assertThat(new HolderOnly(ScoreScale.DEFAULT).score(request, longQueue, ScoreScale.DEFAULT))
                .containsExactly(100, 0);
    }

    @Test
    void bootsWhereNoSnapshotFits() {
        assertThat(PLAIN.cost(request, idle(), false, 0, 0).startMillis()).isEqualTo(2500);
    }

    @Test
    void bootsWhereTheBytesWouldTakeLongerThanABoot() {
        PlacementRequest huge = new PlacementRequest("pod", new Demand(256 * MB, 0), 10 * GB, 0);
        assertThat(cost(PLAIN, huge, idle())).isEqualTo(PLAIN.cost(huge, idle(), false, 0, 0));
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
            PlacementRequest one = new PlacementRequest("pod-" + i, new Demand(256 * MB, 0), 24 * MB, 0);
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
        assertThat(cost(balancing, new PlacementRequest("pod", new Demand(GB, 0), 0, 0), half)
                        .memoryMillis())
                .isCloseTo(3000, within(1e-6));
    }

    @Test
    void refusesImpossibleNumbersBeforeTheyReachAScore() {
        assertThatThrownBy(() -> new NodeLoad(0, 1, 1, 0, 0)).hasMessageContaining("cores is 0");
        assertThatThrownBy(() -> new NodeLoad(1, 1, 2, 0, 0)).hasMessageContaining("freeMemoryBytes");
        assertThatThrownBy(() -> new NodeLoad(1, 1, 1, -1, 0)).hasMessageContaining("runningThaws");
        assertThatThrownBy(() -> new NodeView("n", idle(), true, -1)).hasMessageContaining("presentBytes");
        assertThatThrownBy(() -> new Demand(-1, 0)).hasMessageContaining("memoryBytes");
        assertThatThrownBy(() -> new Demand(0, Double.NaN)).hasMessageContaining("cores");
        assertThatThrownBy(() -> new PlacementRequest("p", Demand.NONE, -1, 0)).hasMessageContaining("workingSetBytes");
        assertThatThrownBy(() -> new ScoreScale(0, Duration.ofSeconds(1))).hasMessageContaining("maximum");
        assertThatThrownBy(() -> CostModel.DEFAULT.withEvictionWeight(Double.NaN))
                .hasMessageContaining("evictionWeight");
        assertThatThrownBy(() -> CostModel.DEFAULT.withFullMemory(Duration.ofSeconds(-1)))
                .hasMessageContaining("fullMemory");
    }

    private Cost cost(PlacementPolicy policy, NodeLoad load, long presentBytes) {
        return policy.cost(request, load, true, presentBytes, 0);
    }

    private static Cost cost(PlacementPolicy policy, PlacementRequest request, NodeLoad load) {
        return policy.cost(request, load, true, 0, 0);
    }

    private static NodeView holder(int runningThaws) {
        return new NodeView("holder", new NodeLoad(4, 64 * GB, 64 * GB, runningThaws, GB), true, 24 * MB);
    }

    private static NodeLoad idle() {
        return new NodeLoad(4, 64 * GB, 64 * GB, 0, GB);
    }
}
