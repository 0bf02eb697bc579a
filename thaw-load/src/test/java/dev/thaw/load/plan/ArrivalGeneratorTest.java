package dev.thaw.load.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thaw.load.plan.IatDistribution.Shape;
import dev.thaw.load.trace.DurationStatistics;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.MemoryStatistics;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArrivalGeneratorTest {
    @ParameterizedTest
    @CsvSource({
        "EXPONENTIAL, false",
        "EXPONENTIAL, true",
        "UNIFORM, false",
        "UNIFORM, true",
        "EQUIDISTANT, false",
        "EQUIDISTANT, true"
    })
    void everyUnitIsFilledExactly(Shape shape, boolean shifted) {
        for (Granularity granularity : Granularity.values()) {
            for (long seed = 0; seed < 200; seed++) {
                ArrivalGenerator generator =
                        new ArrivalGenerator(seed, new IatDistribution(shape, shifted), granularity);
                double[] gaps = generator.unitGaps(1 + (int) seed % 50);

                assertThat(Arrays.stream(gaps).sum()).as("seed %d", seed).isCloseTo(granularity.micros(), within(1e-3));
                assertThat(Arrays.stream(gaps).min().orElseThrow()).isNotNegative();
                assertThat(gaps[0] == 0).isEqualTo(!shifted);
            }
        }
    }

    /** Seed 123 gives other gaps than seed 123456789; recorded from a Go program. */
    @Test
    void drawsWhatGoDrawsForSeed123() {
        double[] gaps = new ArrivalGenerator(123, new IatDistribution(Shape.EXPONENTIAL, false), Granularity.MINUTE)
                .unitGaps(5);

        assertThat(gaps)
                .containsExactly(
                        new double[] {
                            0, 5665989.647952, 1285255.923101, 4246361.218234, 30879980.169272, 17922413.041441
                        },
                        within(1e-6));
    }

    @Test
    void keepsSpecificationsWithinTheirLimits() {
        var wild = new DurationStatistics(1, 1, 0, 1e6, 0, 0, 0, 0, 0, 1e6, 1e9);
        var huge = new MemoryStatistics(1, 1, 0, 0, 0, 0, 0, 0, 0, 1e9);
        FunctionPlan plan = new ArrivalGenerator(7, new IatDistribution(Shape.UNIFORM, false), Granularity.SECOND)
                .generate("f", new FunctionTrace("o", "a", "f", "", new int[] {10_000}, wild, huge));

        assertThat(Arrays.stream(plan.runtimeMillis()).summaryStatistics().getMin())
                .isEqualTo(1);
        assertThat(Arrays.stream(plan.runtimeMillis()).summaryStatistics().getMax())
                .isEqualTo(60_000);
        assertThat(Arrays.stream(plan.memoryMib()).summaryStatistics().getMin()).isEqualTo(1);
        assertThat(Arrays.stream(plan.memoryMib()).summaryStatistics().getMax()).isEqualTo(10_240);
        assertThat(plan.memoryLimitMib()).isEqualTo(10_240);
    }
}
