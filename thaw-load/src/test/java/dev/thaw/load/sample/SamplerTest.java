package dev.thaw.load.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thaw.load.random.GoRandom;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.SyntheticTrace;
import dev.thaw.load.trace.TestTraces;
import dev.thaw.load.trace.TraceException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    @Test
    void distancesEqualThoseOfAPlainImplementation() {
        long seed = System.nanoTime();
        GoRandom random = new GoRandom(seed);
        for (int round = 0; round < 500; round++) {
            double[] a = values(random);
            double[] b = values(random);
            double expected = plainDistance(a, b);

            assertThat(sparseDistance(a, b))
                    .as("seed %d, round %d", seed, round)
                    .isCloseTo(expected, within(1e-9 * (1 + expected)));
        }
    }

    @Test
    void knownDistances() {
        assertThat(sparseDistance(new double[] {0, 1, 3}, new double[] {5, 6, 8}))
                .isCloseTo(5, within(1e-12));
        assertThat(sparseDistance(new double[] {0, 0}, new double[] {0})).isZero();
        assertThat(sparseDistance(new double[] {1}, new double[] {0, 1})).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void loadIsInvocationsTimesMeanRunTimeTimesMeanMemory() {
        // The numbers of In-Vitro's test_init_and_join: loads 0.0001 and 0.0008 in the first minute, 0.0002 and 0.0004
        // in the second.
        List<FunctionTrace> trace =
                List.of(TestTraces.function("fe", 10, 10, 1, 2), TestTraces.function("fd", 20, 20, 2, 1));
        Sampler sampler = new Sampler(trace, trace, Sampler.LOAD_NORM, 1, 1);

        SampleDistance distance = sampler.distance(new int[] {0});

        assertThat(distance.invocations()).isCloseTo(0.5, within(1e-12));
        assertThat(distance.load()).isCloseTo((0.00035 + 0.0001) / 2, within(1e-12));
        assertThat(distance.mean()).isCloseTo((distance.invocations() + distance.load()) / 2, within(1e-12));
    }

    @Test
    void smallerSamplesAreInsideLargerOnes() {
        List<FunctionTrace> trace = SyntheticTrace.generate(300, 20, 0, 5);

        List<Sample> samples = new Sampler(trace, trace, Sampler.LOAD_NORM, 4, 9).draw(50, 10, 200, 50);

        assertThat(samples).extracting(Sample::size).containsExactly(10, 50, 200);
        for (int i = 1; i < samples.size(); i++) {
            assertThat(samples.get(i).functions())
                    .containsAll(samples.get(i - 1).functions());
            assertThat(new HashSet<>(samples.get(i).functions()))
                    .hasSize(samples.get(i).size());
        }
    }

    @Test
    void theWholeTraceIsNoDistanceAway() {
        List<FunctionTrace> trace = SyntheticTrace.generate(50, 10, 0, 5);

        assertThat(new Sampler(trace, trace, Sampler.LOAD_NORM, 2, 1)
                        .draw(50)
                        .getFirst()
                        .distance()
                        .mean())
                .isCloseTo(0, within(1e-9));
    }

    @Test
    void theSeedDecides() {
        List<FunctionTrace> trace = SyntheticTrace.generate(200, 10, 0, 5);

        assertThat(draw(trace, 1)).isEqualTo(draw(trace, 1)).isNotEqualTo(draw(trace, 2));
    }

    /** Against a plain random draw of the same size for each seed. */
    @Test
    void samplesAreAtLeastAsCloseAsRandomOnesFor99Of100Seeds() {
        List<FunctionTrace> trace = SyntheticTrace.generate(2000, 10, 20_000, 77);
        int[] all = IntStream.range(0, trace.size()).toArray();
        int closer = 0;
        for (int seed = 0; seed < 100; seed++) {
            Sampler sampler = new Sampler(trace, trace, Sampler.LOAD_NORM, 16, seed);
            double chosen = sampler.draw(100).getFirst().distance().mean();
            Sampler other = new Sampler(trace, trace, Sampler.LOAD_NORM, 1, 10_000 + seed);
            if (chosen <= other.distance(other.drawPlain(all, 100)).mean()) {
                closer++;
            }
        }
        assertThat(closer).isGreaterThanOrEqualTo(99);
    }

    @Test
    void refusesSizesThatCannotBe() {
        List<FunctionTrace> trace = SyntheticTrace.generate(5, 10, 0, 5);
        Sampler sampler = new Sampler(trace, trace, Sampler.LOAD_NORM, 1, 1);

        assertThatThrownBy(() -> sampler.draw(6))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("from 1 to 5");
        assertThatThrownBy(() -> sampler.draw(0)).isInstanceOf(TraceException.class);
        List<FunctionTrace> longer = SyntheticTrace.generate(5, 11, 0, 5);
        assertThatThrownBy(() -> new Sampler(trace, longer, Sampler.LOAD_NORM, 1, 1))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("same length");
    }

    private static List<String> draw(List<FunctionTrace> trace, long seed) {
        return new Sampler(trace, trace, Sampler.LOAD_NORM, 4, seed)
                .draw(20).getFirst().functions().stream()
                        .map(FunctionTrace::function)
                        .toList();
    }

    private static double[] values(GoRandom random) {
        return DoubleStream.generate(
                        () -> random.nextInt(3) == 0 ? random.nextInt(8) * random.nextExponential() : random.nextInt(3))
                .limit(1 + random.nextInt(40))
                .toArray();
    }

    private static double sparseDistance(double[] a, double[] b) {
        double[] x = Arrays.stream(a).filter(value -> value > 0).sorted().toArray();
        double[] y = Arrays.stream(b).filter(value -> value > 0).sorted().toArray();
        return Wasserstein.distance(x, x.length, a.length, y, y.length, b.length);
    }

    /** By the definition: the difference of the distribution functions between all neighbouring values. */
    private static double plainDistance(double[] a, double[] b) {
        double[] all =
                DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).sorted().toArray();
        double sum = 0;
        for (int i = 1; i < all.length; i++) {
            double at = all[i - 1];
            double inA = Arrays.stream(a).filter(value -> value <= at).count() / (double) a.length;
            double inB = Arrays.stream(b).filter(value -> value <= at).count() / (double) b.length;
            sum += Math.abs(inA - inB) * (all[i] - at);
        }
        return sum;
    }
}
