package dev.thaw.load.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class SyntheticTraceTest {
    private static final List<FunctionTrace> DAY = SyntheticTrace.generate(4000, 1440, 0, 11);

    /** Shares that "Serverless in the Wild" states, within what 4,000 functions allow. */
    @Test
    void hasTheSkewOfAzures() {
        Predicate<FunctionTrace> timer = function -> function.trigger().equals("timer");
        assertThat(share(timer)).isCloseTo(0.156, within(0.02));
        List<FunctionTrace> others = DAY.stream().filter(timer.negate()).toList();
        assertThat(share(others, function -> function.totalInvocations() <= 24)).isCloseTo(0.45, within(0.04));
        assertThat(share(others, function -> function.totalInvocations() <= 1440))
                .isCloseTo(0.81, within(0.04));
        assertThat(share(function -> function.durations().average() < 684)).isCloseTo(0.5, within(0.04));
        assertThat(share(function -> function.memory().average() < 300)).isBetween(0.75, 0.98);
    }

    @Test
    void timersKeepTheirPeriod() {
        assertThat(DAY)
                .filteredOn(function -> function.trigger().equals("timer"))
                .allSatisfy(function -> {
                    int previous = -1;
                    int period = -1;
                    for (int i = 0; i < function.invocations().length; i++) {
                        if (function.invocations()[i] > 0) {
                            if (previous >= 0 && period >= 0) {
                                assertThat(i - previous).isEqualTo(period);
                            }
                            period = previous >= 0 ? i - previous : -1;
                            previous = i;
                        }
                    }
                });
    }

    @Test
    void theTotalCanBeChosenAndTheSeedDecides() {
        List<FunctionTrace> trace = SyntheticTrace.generate(1000, 60, 50_000, 3);

        long total = trace.stream().mapToLong(FunctionTrace::totalInvocations).sum();
        assertThat(total).isBetween(35_000L, 65_000L);
        assertThat(SyntheticTrace.generate(1000, 60, 50_000, 3))
                .usingRecursiveComparison()
                .isEqualTo(trace);
        assertThat(SyntheticTrace.generate(1000, 60, 50_000, 4).getFirst().function())
                .isNotEqualTo(trace.getFirst().function());
    }

    private static double share(Predicate<FunctionTrace> predicate) {
        return share(DAY, predicate);
    }

    private static double share(List<FunctionTrace> functions, Predicate<FunctionTrace> predicate) {
        return (double) functions.stream().filter(predicate).count() / functions.size();
    }
}
