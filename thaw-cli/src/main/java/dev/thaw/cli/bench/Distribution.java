package dev.thaw.cli.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Measured values with their usual figures. Percentiles are by nearest rank, so that each is a value that was measured.
 *
 * @param all in the order of measurement
 */
public record Distribution(
        double p50, double p90, double p95, double p99, double mean, double min, double max, List<Double> all) {
    /** @throws IllegalArgumentException when there is no value */
    public static Distribution of(Collection<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("There are no values.");
        }
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return new Distribution(
                percentile(sorted, 50),
                percentile(sorted, 90),
                percentile(sorted, 95),
                percentile(sorted, 99),
                Arrays.stream(sorted).average().orElseThrow(),
                sorted[0],
                sorted[sorted.length - 1],
                List.copyOf(values));
    }

    /** The middle one by size; of an even number the lower of the two in the middle. */
    public static double median(DoubleStream values) {
        return percentile(values.sorted().toArray(), 50);
    }

    private static double percentile(double[] sorted, int percent) {
        int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
        return sorted[Math.max(0, rank - 1)];
    }
}
