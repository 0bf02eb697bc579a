package dev.thaw.load.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thaw.load.trace.TimedFunction;
import dev.thaw.load.trace.TimedFunction.TimedInvocation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The cases of In-Vitro's TestAzure2021GenerateFunctionSpecification. */
class TimedPlanTest {
    @Test
    void single() {
        check(plan(2, 1, 1), new double[] {1e6}, new int[] {1, 0}, 1000);
    }

    @Test
    void triple() {
        check(plan(2, 1, 1, 2, 1, 3, 1), new double[] {1e6, 1e6, 1e6}, new int[] {3, 0}, 1000, 1000, 1000);
    }

    @Test
    void whatEndsAfterTheExperimentIsDropped() {
        assertThat(plan(1, 61, 5, 70, 5).functions()).isZero();
        check(plan(1, 50, 5, 58, 5), new double[] {50e6}, new int[] {1}, 5000);
    }

    @Test
    void variableRunTimes() {
        check(plan(2, 3, 5, 21, 6), new double[] {3e6, 18e6}, new int[] {2, 0}, 5000, 6000);
    }

    @Test
    void sparse() {
        check(
                plan(3, 30, 20, 71, 5, 95, 17),
                new double[] {30e6, 41e6, 24e6},
                new int[] {1, 2, 0},
                20_000,
                5000,
                17_000);
    }

    @Test
    void aRunTimeOfNothingIsAMillisecond() {
        check(plan(1, 0, 0, 1, 0.0004, 2, 0.0015), new double[] {0, 1e6, 1e6}, new int[] {3}, 1, 1, 2);
    }

    @Test
    void whatStartedBeforeTheTraceIsDropped() {
        check(plan(1, -1, 5, 2, 1), new double[] {2e6}, new int[] {1}, 1000);
    }

    private static TimedPlan plan(int minutes, double... startsAndDurations) {
        List<TimedInvocation> invocations = new ArrayList<>();
        for (int i = 0; i < startsAndDurations.length; i += 2) {
            invocations.add(new TimedInvocation(startsAndDurations[i], startsAndDurations[i + 1]));
        }
        return TimedPlan.of(42, List.of(new TimedFunction("a", "f", invocations)), minutes, 0);
    }

    private static void check(TimedPlan plan, double[] gaps, int[] counts, int... runtimes) {
        FunctionPlan function = plan.iterator().next();
        assertThat(function.gapsMicros()).containsExactly(gaps, within(1e-3));
        assertThat(function.unitCounts()).containsExactly(counts);
        assertThat(function.runtimeMillis()).containsExactly(runtimes);
        assertThat(function.memoryMib()).containsOnly(150);
    }
}
