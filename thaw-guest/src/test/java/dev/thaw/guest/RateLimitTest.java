package dev.thaw.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

final class RateLimitTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void givesTheBurstAndThenWhatTheRateAllows() {
        RateLimit limit = new RateLimit(1000, 3000, 0);
        assertThat(limit.take(2000, 0)).isEqualTo(2000);
        assertThat(limit.take(2000, 0)).isEqualTo(1000);
        assertThat(limit.take(2000, 0)).isZero();
        assertThat(limit.nanosUntil(500, 0)).isEqualTo(SECOND / 2);
        assertThat(limit.nanosUntil(500, SECOND / 2)).isZero();
        assertThat(limit.take(2000, SECOND / 2)).isEqualTo(500);
        limit.giveBack(200);
        assertThat(limit.take(2000, SECOND / 2)).isEqualTo(200);
        assertThat(limit.take(9000, 100 * SECOND)).isEqualTo(3000);
    }

    @Test
    void neverGivesMoreThanBurstAndRateHoweverItIsAsked() {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        RateLimit limit = new RateLimit(1000, 3000, 0);
        long now = 0;
        long taken = 0;
        for (int i = 0; i < 100_000; i++) {
            now += random.nextLong(SECOND / 10);
            taken += limit.take(random.nextInt(500), now);
            assertThat(taken).as("seed %d, step %d", seed, i).isLessThanOrEqualTo(3000 + now / (SECOND / 1000));
        }
        assertThat(taken).isGreaterThan(now / (SECOND / 1000) / 2);
    }
}
