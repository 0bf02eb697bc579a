package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.extender.ExtenderConfig.Rule;
import dev.thaw.node.placement.CostModel;
import dev.thaw.node.placement.ScoreScale;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A policy with all that it is run with.
 *
 * @param rule what the extender does; empty for the scheduler alone
 * @param extenderWeight the extender's weight in the scheduler's configuration
 * @param pluginWeight the factor on the weights of the scheduler's own signals
 */
record Contestant(
        String name, Optional<Rule> rule, int extenderWeight, int pluginWeight, CostModel costs, ScoreScale scale) {
    static final Contestant THAW =
            new Contestant("Thaw", Optional.of(Rule.COST), 1, 1, CostModel.DEFAULT, ScoreScale.DEFAULT);

    /** The rule of the thesis with its weight: nothing else counts. */
    static final Contestant REFERENCE = new Contestant(
            "Holder only",
            Optional.of(Rule.HOLDER_ONLY),
            100,
            1,
            CostModel.DEFAULT,
            new ScoreScale(100, Duration.ofSeconds(5)));

    static final Contestant LEAST_LOADED =
            new Contestant("Least loaded", Optional.of(Rule.LEAST_LOADED), 1, 1, CostModel.DEFAULT, ScoreScale.DEFAULT);

    static final Contestant SCHEDULER_ALONE =
            new Contestant("Scheduler alone", Optional.empty(), 0, 1, CostModel.DEFAULT, ScoreScale.DEFAULT);

    static final List<Contestant> ALL = List.of(THAW, REFERENCE, LEAST_LOADED, SCHEDULER_ALONE);

    Contestant with(CostModel otherCosts, ScoreScale otherScale) {
        return new Contestant(name, rule, extenderWeight, pluginWeight, otherCosts, otherScale);
    }
}
