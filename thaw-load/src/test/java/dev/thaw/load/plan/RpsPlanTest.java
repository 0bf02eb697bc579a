package dev.thaw.load.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expectations of In-Vitro's pkg/generator/rps_test.go. */
class RpsPlanTest {
    @ParameterizedTest
    @CsvSource({
        // minutes, rate, gap in s, first minute, second minute
        "2, 1, 1, 60, 60",
        "2, 0.5, 2, 30, 30",
        "2, 0.125, 8, 8, 7"
    })
    void warmRequestsKeepTheirRate(int minutes, double rate, double gapSeconds, int first, int second) {
        double[] gaps = RpsPlan.warmGaps(minutes, rate, 0);

        assertThat(gaps).hasSize(first + second);
        assertThat(gaps[0]).isZero();
        assertThat(Arrays.stream(gaps).skip(1))
                .allSatisfy(gap -> assertThat(gap).isCloseTo(gapSeconds * 1e6, within(0.01)));
        assertThat(RpsPlan.minuteCounts(gaps, minutes)).containsExactly(first, second);
    }

    @ParameterizedTest
    @CsvSource({
        // minutes, rate, cool-down in s, functions, offset of each function in s, gap in s, requests of each
        "2, 0, 10, 0, 0, 0, 0",
        "2, 1, 10, 10, 1, 10, 12",
        "1, 0.25, 10, 3, 4, 12, 5",
        "2, 0.25, 10, 3, 4, 12, 10",
        "1, 0.3333333333333333, 10, 4, 3, 12, 5",
        "1, 5, 10, 50, 0.2, 10, 6",
        "1, 5, 5, 25, 0.2, 5, 12"
    })
    void coldRequestsTakeTurns(
            int minutes, double rate, int cooldown, int functions, double offset, double gap, int requests) {
        List<double[]> cold = RpsPlan.coldGaps(minutes, rate, cooldown);

        assertThat(cold).hasSize(functions);
        for (int i = 0; i < functions; i++) {
            assertThat(cold.get(i)).hasSize(requests);
            assertThat(cold.get(i)[0]).as("function %d", i).isCloseTo(i * offset * 1e6, within(0.01));
            assertThat(Arrays.stream(cold.get(i)).skip(1))
                    .allSatisfy(value -> assertThat(value).isCloseTo(gap * 1e6, within(0.01)));
        }
    }
}
