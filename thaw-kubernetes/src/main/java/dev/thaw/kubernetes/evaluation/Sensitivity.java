package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.evaluation.PlacementEvaluation.Setup;
import dev.thaw.node.placement.CostModel;
import dev.thaw.node.placement.ScoreScale;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Weights, cache sizes, staleness and seeds, one at a time, around the imitated scheduler. */
final class Sensitivity {
    private static final CostModel COSTS = CostModel.DEFAULT;
    private static final List<Contestant> COMPARED =
            List.of(Contestant.THAW, Contestant.REFERENCE, Contestant.SCHEDULER_ALONE);

    private final Setup setup;
    private final PlacementEvaluation evaluation;
    private final List<Line> lines = new ArrayList<>();

    /** One line of the table. */
    record Line(String what, String value, Trial.Result result) {}

    private Sensitivity(Setup setup) {
        this.setup = setup;
        this.evaluation = new PlacementEvaluation(setup, ignored -> {});
    }

    /** @param seeds how many seeds from the setup's on are compared */
    static List<Line> of(Setup setup, int seeds) {
        Sensitivity sensitivity = new Sensitivity(setup);
        for (Contestant contestant : Contestant.ALL) {
            sensitivity.add("policy, imitated", contestant.name(), contestant);
        }
        sensitivity.weights();
        sensitivity.scales();
        for (int lag : new int[] {0, 1, 5, 30, 120}) {
            sensitivity.lines.add(
                    new Line("reports late by", lag + " s", sensitivity.evaluation.imitated(Contestant.THAW, lag)));
        }
        for (long megabytes : new long[] {50, 100, 200, 400, 800}) {
            sensitivity.compare("cache of " + megabytes + " MB", setup.withCache(megabytes * 1_000_000));
        }
        for (double pods : new double[] {15, 30}) {
            sensitivity.compare("%.0f pods a node".formatted(pods), setup.withPodsPerNode(pods));
        }
        for (long seed = setup.seed(); seed < setup.seed() + seeds; seed++) {
            sensitivity.compare("seed " + seed, setup.withSeed(seed));
        }
        return sensitivity.lines;
    }

    private void weights() {
        for (int millis : new int[] {50, 100, 200, 1000, 100_000}) {
            add("patience", millis + " ms", COSTS.withPatience(Duration.ofMillis(millis)));
        }
        for (double weight : new double[] {0, 1, 3, 6, 12}) {
            add("origin weight", "%.0f".formatted(weight), COSTS.withOriginWeight(weight));
        }
        for (double weight : new double[] {0, 0.5, 1, 2}) {
            add("eviction weight", "%.1f".formatted(weight), COSTS.withEvictionWeight(weight));
        }
        for (double tolerance : new double[] {0, 0.05, 0.095, 0.15, 0.2}) {
            add(
                    "crowding tolerance",
                    "%.3f".formatted(tolerance),
                    COSTS.withCrowding(COSTS.crowdingFloor(), tolerance, COSTS.crowding()));
        }
        for (int seconds : new int[] {0, 20, 50, 200, 1000}) {
            add(
                    "crowding",
                    seconds + " s",
                    COSTS.withCrowding(COSTS.crowdingFloor(), COSTS.crowdingTolerance(), Duration.ofSeconds(seconds)));
        }
    }

    private void scales() {
        for (int seconds : new int[] {1, 2, 5, 10, 50}) {
            ScoreScale scale = new ScoreScale(100, Duration.ofSeconds(seconds));
            add("score range", seconds + " s", Contestant.THAW.with(COSTS, scale));
        }
        add("score maximum", "10", Contestant.THAW.with(COSTS, new ScoreScale(10, Duration.ofSeconds(5))));
    }

    private void add(String what, String value, CostModel costs) {
        add(what, value, Contestant.THAW.with(costs, ScoreScale.DEFAULT));
    }

    private void add(String what, String value, Contestant contestant) {
        lines.add(new Line(what, value, evaluation.imitated(contestant, 0)));
    }

    private void compare(String what, Setup other) {
        PlacementEvaluation compared = new PlacementEvaluation(other, ignored -> {});
        for (Contestant contestant : COMPARED) {
            lines.add(new Line(what, contestant.name(), compared.imitated(contestant, 0)));
        }
    }
}
