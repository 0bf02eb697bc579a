package dev.thaw.kubernetes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SensitivityTest {
    private static final PlacementEvaluation.Setup SMALL =
            new PlacementEvaluation.Setup(3, 20, 300_000_000, 100, 20, 30, 90);

    @Test
    void noPolicyIsBetterThanTheLeastPossible() {
        PlacementEvaluation evaluation = new PlacementEvaluation(SMALL, ignored -> {});
        LeastPossible least = LeastPossible.of(evaluation.workload(), SMALL.rampSeconds());
        for (Contestant contestant : Contestant.ALL) {
            Trial.Result result = evaluation.imitated(contestant, 0);
            assertThat(result.originBytes()).as(contestant.name()).isGreaterThanOrEqualTo(least.originBytes());
            double[] latencies = result.latencyMillis();
            assertThat(latencies).hasSameSizeAs(least.latencyMillis());
            assertThat(Arrays.stream(latencies).sum())
                    .as(contestant.name())
                    .isGreaterThanOrEqualTo(Arrays.stream(least.latencyMillis()).sum());
        }
    }

    @Test
    void theSameSeedGivesTheSameResult() {
        PlacementEvaluation evaluation = new PlacementEvaluation(SMALL, ignored -> {});
        Trial.Result once = evaluation.imitated(Contestant.THAW, 0);
        Trial.Result again = new PlacementEvaluation(SMALL, ignored -> {}).imitated(Contestant.THAW, 0);
        assertThat(again.latencyMillis()).isEqualTo(once.latencyMillis());
        assertThat(again.originBytes()).isEqualTo(once.originBytes());
    }

    @Test
    void aSteadyClusterHasThePodsItWasAskedFor() {
        PlacementEvaluation.Setup longer = new PlacementEvaluation.Setup(3, 50, 300_000_000, 250, 20, 30, 630);
        Trial.Result result = new PlacementEvaluation(longer, ignored -> {}).imitated(Contestant.SCHEDULER_ALONE, 0);
        assertThat(result.meanPodsPerNode()).isBetween(18.0, 22.0);
        assertThat(result.unplaced()).isZero();
    }
}
