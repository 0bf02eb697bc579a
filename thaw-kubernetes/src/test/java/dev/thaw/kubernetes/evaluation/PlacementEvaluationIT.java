package dev.thaw.kubernetes.evaluation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thaw.kubernetes.cluster.ControlPlaneBinaries;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small evaluation through the real scheduler, which the imitation of it has to agree with. */
class PlacementEvaluationIT {
    private static final PlacementEvaluation.Setup SMALL =
            new PlacementEvaluation.Setup(7, 12, 300_000_000, 60, 20, 20, 60);

    @Test
    void theImitationAgreesWithTheRealScheduler(@TempDir Path folder) throws IOException {
        Optional<ControlPlaneBinaries> binaries = ControlPlaneBinaries.findOrBuild(System.getenv());
        Assumptions.assumeTrue(binaries.isPresent(), "needs KUBEBUILDER_ASSETS or Go to build a control plane");
        PlacementEvaluation evaluation = new PlacementEvaluation(SMALL, ignored -> {});
        Map<Contestant, Trial.Result> real =
                evaluation.real(binaries.orElseThrow(), folder, List.of(Contestant.THAW, Contestant.SCHEDULER_ALONE));
        for (Contestant contestant : real.keySet()) {
            Trial.Result measured = requireNonNull(real.get(contestant));
            Trial.Result imitated = evaluation.imitated(contestant, 0);
            assertThat(measured.starts()).isEqualTo(evaluation.arrivals());
            assertThat(measured.unplaced()).isZero();
            assertThat(measured.maxMemoryShare()).isLessThanOrEqualTo(1);
            assertThat((double) measured.originBytes() / imitated.originBytes())
                    .as("bytes of %s, real ÷ imitated", contestant.name())
                    .isCloseTo(1, within(0.25));
            assertThat(measured.meanImbalance() / imitated.meanImbalance())
                    .as("imbalance of %s, real ÷ imitated", contestant.name())
                    .isCloseTo(1, within(0.15));
        }
        assertThat(requireNonNull(real.get(Contestant.THAW)).originBytes())
                .isLessThan(requireNonNull(real.get(Contestant.SCHEDULER_ALONE)).originBytes() / 2);
    }
}
