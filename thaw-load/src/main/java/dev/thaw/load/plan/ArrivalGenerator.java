package dev.thaw.load.plan;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.plan.IatDistribution.Shape;
import dev.thaw.load.random.GoRandom;
import dev.thaw.load.trace.DurationStatistics;
import dev.thaw.load.trace.FunctionTrace;
import dev.thaw.load.trace.MemoryStatistics;
import dev.thaw.load.trace.TraceException;
import java.util.Arrays;

/**
 * Draws a function's arrivals and specifications from its trace, value for value as In-Vitro does.
 *
 * <h2>Arrivals</h2>
 * For each unit of time with n invocations, n gaps are drawn and scaled to fill the unit exactly. The first invocation falls on the
 * unit's beginning, so the last gap leads to the next unit's first invocation. A shifted distribution cuts this cycle at a uniformly
 * drawn point and rotates it. A unit without invocations is one gap as long as itself.
 *
 * <h2>Specifications</h2>
 * For each invocation two uniform draws choose the percentile bands of its run time and of its memory, then a draw for each chooses a
 * whole number inside the band (none where the band is a single number). The results are kept within 1 ms to 60 s and 1 MiB to 10 GiB.
 *
 * <p>There is one random stream for gaps and one for specifications, from the same seed; all functions share them, so the order of
 * functions matters. Not thread safe.
 */
final class ArrivalGenerator {
    private static final int MIN_RUNTIME_MILLIS = 1;
    private static final int MAX_RUNTIME_MILLIS = 60_000;
    private static final int MIN_MEMORY_MIB = 1;
    private static final int MAX_MEMORY_MIB = 10_240;

    private static final double[] RUNTIME_BANDS = {0.01, 0.25, 0.50, 0.75, 0.99, 1};
    private static final double[] MEMORY_BANDS = {0.05, 0.25, 0.50, 0.75, 0.95, 0.99, 1};

    /** Up to this quantile memory is the first percentile itself. */
    private static final double MEMORY_FLOOR = 0.01;

    private final GoRandom gapRandom;
    private final GoRandom specificationRandom;
    private final IatDistribution distribution;
    private final Granularity granularity;

    ArrivalGenerator(long seed, IatDistribution distribution, Granularity granularity) {
        gapRandom = new GoRandom(seed);
        specificationRandom = new GoRandom(seed);
        this.distribution = requireNonNull(distribution, "distribution is null");
        this.granularity = requireNonNull(granularity, "granularity is null");
    }

    FunctionPlan generate(String name, FunctionTrace function) {
        int[] counts = function.invocations();
        double[] gaps = gaps(counts);
        int[] runtimes = new int[gaps.length];
        int[] memory = new int[gaps.length];
        double[] runtimePercentiles = function.durations().percentiles();
        double[] memoryPercentiles = function.memory().percentiles();
        for (int i = 0; i < gaps.length; i++) {
            double runtimeQuantile = specificationRandom.nextFloat64();
            double memoryQuantile = specificationRandom.nextFloat64();
            runtimes[i] = Math.clamp(
                    drawRuntime(runtimeQuantile, runtimePercentiles), MIN_RUNTIME_MILLIS, MAX_RUNTIME_MILLIS);
            memory[i] = Math.clamp(drawMemory(memoryQuantile, memoryPercentiles), MIN_MEMORY_MIB, MAX_MEMORY_MIB);
        }
        int limit = (int) Math.clamp(Math.ceil(function.memory().percentile100()), MIN_MEMORY_MIB, MAX_MEMORY_MIB);
        return new FunctionPlan(name, limit, gaps, counts.clone(), runtimes, memory);
    }

    /** Gaps in microseconds over all units. */
    double[] gaps(int[] counts) {
        int total = 0;
        for (int count : counts) {
            total = Math.addExact(total, count);
        }
        // One more: the last gap of a unit waits in the last place for the next unit to add its first.
        double[] gaps = new double[total + 1];
        int last = 0;
        for (int count : counts) {
            if (count == 0) {
                gaps[last] += granularity.micros();
                continue;
            }
            double[] unit = unitGaps(count);
            gaps[last] += unit[0];
            System.arraycopy(unit, 1, gaps, last + 1, count);
            last += count;
        }
        return Arrays.copyOf(gaps, total);
    }

    /** The gaps of one unit with invocations, in microseconds: one more than there are invocations. */
    double[] unitGaps(int count) {
        double[] gaps = new double[count];
        if (distribution.shape() == Shape.EQUIDISTANT) {
            // Divided first and multiplied then, as the original, for the same rounding.
            double gap = 1_000_000.0 / count;
            Arrays.fill(gaps, granularity == Granularity.MINUTE ? gap * 60 : gap);
        } else {
            double total = 0;
            for (int i = 0; i < count; i++) {
                gaps[i] = distribution.shape() == Shape.EXPONENTIAL
                        ? gapRandom.nextExponential()
                        : gapRandom.nextFloat64();
                total += gaps[i];
            }
            double divisor = total == 0 ? 1 : total;
            for (int i = 0; i < count; i++) {
                gaps[i] = gaps[i] / divisor * 1_000_000.0;
                if (granularity == Granularity.MINUTE) {
                    gaps[i] *= 60;
                }
            }
        }
        double[] unit = new double[count + 1];
        if (distribution.shifted()) {
            rotate(gaps, unit);
        } else {
            System.arraycopy(gaps, 0, unit, 1, count);
        }
        return unit;
    }

    private void rotate(double[] gaps, double[] into) {
        double cut = gapRandom.nextFloat64() * 1_000_000.0;
        if (granularity == Granularity.MINUTE) {
            cut *= 60;
        }
        double sum = gaps[0];
        int i = 0;
        // The last gap is cut where rounding leaves the sum just below the cut; the original stops with an index error.
        while (sum <= cut && i < gaps.length - 1) {
            sum += gaps[++i];
        }
        double beginning = sum - cut;
        into[0] = beginning;
        System.arraycopy(gaps, i + 1, into, 1, gaps.length - 1 - i);
        System.arraycopy(gaps, 0, into, gaps.length - i, i);
        into[gaps.length] = gaps[i] - beginning;
    }

    private int drawRuntime(double quantile, double[] percentiles) {
        return quantile == 0 ? (int) percentiles[0] : drawInBand(quantile, RUNTIME_BANDS, percentiles);
    }

    private int drawMemory(double quantile, double[] percentiles) {
        return quantile <= MEMORY_FLOOR ? (int) percentiles[0] : drawInBand(quantile, MEMORY_BANDS, percentiles);
    }

    private int drawInBand(double quantile, double[] bands, double[] percentiles) {
        int band = 0;
        while (quantile > bands[band]) {
            band++;
        }
        int least = (int) percentiles[band];
        int most = (int) percentiles[band + 1];
        return least == most ? least : specificationRandom.nextInt(most - least) + least;
    }

    /** @throws TraceException when specifications cannot be drawn for this function */
    static void check(FunctionTrace function) {
        if (function.totalInvocations() == 0) {
            return;
        }
        DurationStatistics durations = function.durations();
        MemoryStatistics memory = function.memory();
        if (durations.count() <= 0 || memory.count() <= 0) {
            throw new TraceException("Function " + function.function()
                    + ": Count of durations.csv and SampleCount of memory.csv must be above 0, and are "
                    + durations.count() + " and " + memory.count() + ".");
        }
        checkAscending(function, "durations.csv", durations.percentiles());
        checkAscending(function, "memory.csv", memory.percentiles());
    }

    private static void checkAscending(FunctionTrace function, String file, double[] percentiles) {
        for (int i = 1; i < percentiles.length; i++) {
            if ((int) percentiles[i] < (int) percentiles[i - 1]) {
                throw new TraceException("Function " + function.function() + ": the percentiles in " + file
                        + " do not ascend: " + percentiles[i] + " follows " + percentiles[i - 1] + ".");
            }
        }
    }
}
