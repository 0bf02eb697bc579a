package dev.thaw.cli.bench.origin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StreamPaceTest {
    private static final long MILLISECOND = 1_000_000;
    private static final long RATE = 100_000_000;
    private static final long BEGIN = 7 * MILLISECOND;

    private final StreamPace pace = new StreamPace(RATE, BEGIN);

    @Test
    void bytesPassAtTheRate() {
        assertThat(pace.allowed(BEGIN)).isZero();
        assertThat(pace.allowed(BEGIN + MILLISECOND)).isEqualTo(100_000);
        pace.passed(60_000);
        assertThat(pace.allowed(BEGIN + MILLISECOND)).isEqualTo(40_000);
        assertThat(pace.due(40_000)).isEqualTo(BEGIN + MILLISECOND);
        assertThat(pace.due(140_000)).isEqualTo(BEGIN + 2 * MILLISECOND);
    }

    @Test
    void aLateThreadMakesUpForIt() {
        for (long now = BEGIN; now < BEGIN + 100 * MILLISECOND; now += 9 * MILLISECOND) {
            pace.passed(pace.allowed(now));
        }
        pace.passed(pace.allowed(BEGIN + 100 * MILLISECOND));
        assertThat(pace.due(100_000)).isEqualTo(BEGIN + 101 * MILLISECOND);
    }

    @Test
    void aSourceThatPausedIsNotFasterAfterwards() {
        long second = BEGIN + 1000 * MILLISECOND;
        assertThat(pace.allowed(second)).isEqualTo(StreamPace.MOST_LATE_BYTES);
        pace.passed(StreamPace.MOST_LATE_BYTES);
        assertThat(pace.allowed(second)).isLessThan(10);
        assertThat(pace.allowed(second + MILLISECOND)).isBetween(99_990L, 100_010L);
    }
}
