package dev.thaw.load.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GoRandomTest {
    /** Recorded with Go 1.26 (digests.go beside it): four million draws for each of eight seeds. */
    @Test
    void drawsWhatGoDrew() throws IOException {
        for (String line : recorded()) {
            long seed = Long.parseLong(line.substring(0, line.indexOf(' ')));
            assertThat(RandomDigest.line(seed)).as("seed %d", seed).isEqualTo(line);
        }
    }

    @Test
    void seedsThatAreEqualModuloTheExpansionGiveOneStream() {
        // Go reduces a seed mod 2^31-1, so these collide there as well.
        assertThat(new GoRandom(1).nextBits()).isEqualTo(new GoRandom(1L + Integer.MAX_VALUE).nextBits());
        assertThat(new GoRandom(1).nextBits()).isNotEqualTo(new GoRandom(2).nextBits());
    }

    @Test
    void logarithmIsCloseToStrictMathEverywhere() {
        GoRandom random = new GoRandom(42);
        for (int i = 0; i < 100_000; i++) {
            double x = random.nextFloat64();
            if (x > 0) {
                double expected = StrictMath.log(x);
                assertThat(Math.abs(GoRandom.log(x) - expected)).isLessThanOrEqualTo(2 * Math.ulp(expected));
            }
        }
    }

    @Test
    void refusesABoundThatIsNotPositive() {
        assertThatThrownBy(() -> new GoRandom(1).nextInt(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not positive: 0");
    }

    static List<String> recorded() throws IOException {
        try (InputStream in = Objects.requireNonNull(GoRandomTest.class.getResourceAsStream("/go/digests.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }
}
