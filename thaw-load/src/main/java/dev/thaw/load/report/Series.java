package dev.thaw.load.report;

import java.util.Arrays;

/** Values that are collected one by one, kept in full, so that percentiles are exact. Not thread safe. */
public final class Series {
    private double[] values = new double[16];
    private int size;
    private boolean sorted = true;

    public void add(double value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size * 2);
        }
        values[size++] = value;
        sorted = false;
    }

    public int size() {
        return size;
    }

    /** @throws IllegalStateException when nothing was added */
    public Distribution distribution() {
        if (size == 0) {
            throw new IllegalStateException("The series has no value.");
        }
        if (!sorted) {
            Arrays.sort(values, 0, size);
            sorted = true;
        }
        double sum = 0;
        double logarithms = 0;
        for (int i = 0; i < size; i++) {
            sum += values[i];
            logarithms += Math.log(values[i]);
        }
        return new Distribution(
                size,
                percentile(50),
                percentile(90),
                percentile(95),
                percentile(99),
                sum / size,
                Math.exp(logarithms / size),
                values[0],
                values[size - 1]);
    }

    /** Linear interpolation between the closest ranks, NumPy's default. */
    private double percentile(double percent) {
        double rank = percent / 100 * (size - 1);
        int below = (int) rank;
        int above = Math.min(below + 1, size - 1);
        return values[below] + (rank - below) * (values[above] - values[below]);
    }
}
