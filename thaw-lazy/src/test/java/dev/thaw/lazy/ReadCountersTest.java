package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.cache.ThawReads.Count;
import dev.thaw.cache.ThawReads.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReadCountersTest {
    private final List<Integer> starved = new ArrayList<>();
    private final ReadCounters counters = new ReadCounters(starved::add);

    @Test
    void tellsWhenThawsWaitForTheStoreAgainAndAgain() {
        for (int i = 0; i < 100; i++) {
            counters.count(Kind.CACHED, 1);
            counters.count(Kind.HOT, 1);
        }
        for (int i = 1; i < ReadCounters.STARVED_READS; i++) {
            counters.count(Kind.ORIGIN, 1);
        }
        assertThat(starved).isEmpty();
        for (int i = 0; i < 2 * ReadCounters.STARVED_READS; i++) {
            counters.count(Kind.ORIGIN, 1);
        }
        assertThat(starved).containsExactly(ReadCounters.STARVED_READS, 2 * ReadCounters.STARVED_READS);
    }

    @Test
    void countsWhatCameBetweenTwoMoments() {
        counters.count(Kind.ORIGIN, 20_000_000);
        counters.cached(100);
        ReadCounters.Moment before = counters.now();
        counters.count(Kind.HOT, 3_000);
        counters.count(Kind.HOT, 5_000);
        counters.cached(7);
        ReadCounters.Moment after = counters.now();
        counters.count(Kind.HOT, 1_000_000);

        assertThat(after.since(before)).isEqualTo(Map.of(Kind.HOT, new Count(2, 0.008, 0.008)));
        assertThat(after.cacheBytes() - before.cacheBytes()).isEqualTo(7);
        assertThat(before.since(ReadCounters.Moment.begin()))
                .isEqualTo(Map.of(Kind.ORIGIN, new Count(1, 20.0, 32.768)));
    }

    @Test
    void theLongestIsRoundedUpToAPowerOfTwo() {
        counters.count(Kind.ZERO, 0);
        counters.count(Kind.CACHED, 4_000);
        counters.count(Kind.AWAITED, 4_001_000);
        counters.count(Kind.FAILED, Long.MAX_VALUE / 4);
        Map<Kind, Count> all = counters.now().since(ReadCounters.Moment.begin());
        assertThat(all.keySet()).containsExactly(Kind.ZERO, Kind.AWAITED, Kind.CACHED, Kind.FAILED);
        assertThat(all.values().stream().map(Count::longestMillis))
                .containsExactly(0.001, 4.096, 0.004, (1L << 30) / 1e3);
    }
}
