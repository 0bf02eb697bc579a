package dev.thaw.load.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thaw.load.plan.IatDistribution.Shape;
import dev.thaw.load.trace.DurationStatistics;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.MemoryStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What In-Vitro expects of its own generator: numbers and seed (123456789) are those of the cases in its
 * pkg/generator/specification_test.go, given there to the last printed digit and compared within 0.01 µs; here within 1e-6.
 */
class InVitroArrivalsTest {
    private static final long SEED = 123456789;
    private static final Offset<Double> PRINTED = within(1e-6);

    private static final IatDistribution EQUIDISTANT = new IatDistribution(Shape.EQUIDISTANT, false);
    private static final IatDistribution EXPONENTIAL = new IatDistribution(Shape.EXPONENTIAL, false);
    private static final IatDistribution EXPONENTIAL_SHIFT = new IatDistribution(Shape.EXPONENTIAL, true);

    record Case(String name, IatDistribution distribution, Granularity granularity, int[] counts, double... gaps) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        Granularity minute = Granularity.MINUTE;
        Granularity second = Granularity.SECOND;
        double m = 1_000_000;
        return Stream.of(
                new Case("one_exponential", EXPONENTIAL, minute, counts(1), 0),
                new Case("one_exponential_shift", EXPONENTIAL_SHIFT, minute, counts(1), 11_689_078.788397402),
                new Case(
                        "three_exponential_shift",
                        EXPONENTIAL_SHIFT,
                        minute,
                        counts(3),
                        13_794_305.088992357,
                        14_731_963.725122724,
                        11_882_919.652012857),
                new Case("1min_5ipm_equidistant", EQUIDISTANT, minute, counts(5), 0, 12 * m, 12 * m, 12 * m, 12 * m),
                new Case(
                        "5min_5ipm_equidistant",
                        EQUIDISTANT,
                        minute,
                        counts(5, 5, 5, 5, 5),
                        join(
                                new double[] {0},
                                DoubleStream.generate(() -> 12_000_000)
                                        .limit(24)
                                        .toArray())),
                new Case(
                        "3sec_equidistant",
                        EQUIDISTANT,
                        second,
                        counts(5, 4, 2),
                        0,
                        .2 * m,
                        .2 * m,
                        .2 * m,
                        .2 * m,
                        .2 * m,
                        .25 * m,
                        .25 * m,
                        .25 * m,
                        .25 * m,
                        .5 * m),
                new Case(
                        "empty_then_5_equidistant",
                        EQUIDISTANT,
                        minute,
                        counts(0, 5),
                        60 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        12 * m),
                new Case(
                        "6min_every_other_equidistant",
                        EQUIDISTANT,
                        minute,
                        counts(0, 5, 0, 5, 0, 5),
                        60 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        72 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        72 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        12 * m),
                new Case("4sec_every_other", EQUIDISTANT, second, counts(0, 1, 0, 1), 1 * m, 2 * m),
                new Case("5min_two_single", EQUIDISTANT, minute, counts(0, 1, 0, 0, 1), 60 * m, 180 * m),
                new Case("five_empty_minutes", EQUIDISTANT, minute, counts(0, 0, 0, 0, 0, 1), 300 * m),
                new Case(
                        "long_trace_0_equidistant",
                        EQUIDISTANT,
                        minute,
                        counts(0, 5, 4, 0, 0, 1, 0, 0, 0, 1),
                        60 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        15 * m,
                        15 * m,
                        15 * m,
                        135 * m,
                        240 * m),
                new Case(
                        "long_trace_0_exponential",
                        EXPONENTIAL,
                        minute,
                        counts(0, 5, 4, 0, 0, 1, 0, 0, 0, 1),
                        60_000_000,
                        10_915_517.87088835,
                        30_667_196.933948774,
                        13_532_618.079060797,
                        4_629_211.062276573,
                        255_456.05382550636,
                        22_585_831.064472314,
                        11_847_735.687921358,
                        8_436_481.064108288,
                        137_129_952.18349802,
                        240_000_000),
                new Case(
                        "long_trace_1_exponential",
                        EXPONENTIAL,
                        minute,
                        counts(0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1),
                        60 * m,
                        120 * m,
                        180 * m,
                        240 * m),
                new Case(
                        "long_trace_2_equidistant",
                        EQUIDISTANT,
                        minute,
                        counts(0, 2, 0, 2, 0, 0, 2, 0, 0, 0, 2),
                        60 * m,
                        30 * m,
                        90 * m,
                        30 * m,
                        150 * m,
                        30 * m,
                        210 * m,
                        30 * m),
                new Case(
                        "long_trace_2_exponential",
                        EXPONENTIAL,
                        minute,
                        counts(0, 2, 0, 2, 0, 0, 2, 0, 0, 0, 2),
                        60_000_000,
                        15_750_079.698430749,
                        104_249_920.30156925,
                        44_706_790.18202999,
                        135_293_209.81797,
                        458_336.491206043,
                        239_541_663.50879395,
                        35_045_185.62217357),
                new Case(
                        "long_trace_3_equidistant",
                        EQUIDISTANT,
                        minute,
                        counts(0, 0, 4, 0, 1, 5, 0, 0, 0, 1, 0),
                        120 * m,
                        15 * m,
                        15 * m,
                        15 * m,
                        75 * m,
                        60 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        12 * m,
                        192 * m),
                new Case(
                        "long_trace_3_exponential",
                        EXPONENTIAL,
                        minute,
                        counts(0, 0, 4, 0, 1, 5, 0, 0, 0, 1, 0),
                        120_000_000,
                        10_962_190.503008047,
                        30_798_323.905437488,
                        13_590_480.922829745,
                        64_649_004.668724716,
                        60_000_000,
                        18_462_616.56871746,
                        9_684_841.819156349,
                        6_896_337.559209308,
                        14_002_749.693008821,
                        190_953_454.35990804),
                // The five gaps that are often quoted alone.
                new Case(
                        "five_exponential",
                        EXPONENTIAL,
                        minute,
                        counts(5),
                        0,
                        10_915_517.87088835,
                        30_667_196.933948774,
                        13_532_618.079060797,
                        4_629_211.062276573));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void drawsTheGapsThatInVitroExpects(Case expected) {
        double[] gaps = new ArrivalGenerator(SEED, expected.distribution, expected.granularity).gaps(expected.counts);

        assertThat(gaps).containsExactly(expected.gaps, PRINTED);
    }

    record UnitCase(int count, double... gaps) {}

    static Stream<UnitCase> unitCases() {
        double m = 1_000_000;
        return Stream.of(
                new UnitCase(1, 0, 60 * m),
                new UnitCase(2, 0, 30 * m, 30 * m),
                new UnitCase(4, 0, 15 * m, 15 * m, 15 * m, 15 * m));
    }

    @ParameterizedTest
    @MethodSource("unitCases")
    void dividesAMinuteAsInVitroExpects(UnitCase expected) {
        double[] gaps = new ArrivalGenerator(123, EQUIDISTANT, Granularity.MINUTE).unitGaps(expected.count);

        assertThat(gaps).containsExactly(expected.gaps, PRINTED);
    }

    /**
     * Run time and memory in order. The first five are In-Vitro's exec_spec_run_1 and _5. Of the 25 in its exec_spec_run_25, 17 are
     * here too: that list is older than its generator (a run time above the 95th percentile took another band and one draw less), which
     * its test does not notice, as it compares the results with themselves. The other eight are from a Go program with the same draws.
     */
    private static final List<String> SPECIFICATIONS = List.of(
            "89,8217", "18,9940", "67,7490", "85,7836", "50,1222", "90,193", "82,6819", "24,4875", "42,5785", "22,9838",
            "81,2832", "20,3544", "25,1813", "95,5305", "93,6582", "58,4581", "79,9819", "98,3110", "2,1660", "99,2641",
            "53,7817", "81,7203", "98,9891", "72,7148", "12,561");

    @Test
    void drawsTheSpecificationsThatInVitroExpects() {
        FunctionPlan plan = new ArrivalGenerator(SEED, EQUIDISTANT, Granularity.MINUTE)
                .generate("f", inVitroFunction(counts(SPECIFICATIONS.size())));

        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < plan.invocations(); i++) {
            drawn.add(plan.runtimeMillis()[i] + "," + plan.memoryMib()[i]);
        }
        assertThat(drawn).isEqualTo(SPECIFICATIONS);
    }

    static FunctionTrace inVitroFunction(int[] counts) {
        return new FunctionTrace(
                "o",
                "a",
                "f",
                "queue",
                counts,
                new DurationStatistics(50, 100, 0, 100, 0, 1, 25, 50, 75, 99, 100),
                new MemoryStatistics(100, 5000, 100, 500, 2500, 5000, 7500, 9500, 9900, 10000));
    }

    private static int[] counts(int... counts) {
        return counts;
    }

    private static double[] join(double[] first, double[] second) {
        double[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }
}
