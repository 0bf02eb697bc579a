package dev.thaw.load.trace;

import java.util.List;

/** How much memory a function held, in MiB: a row of {@code memory.csv}. */
public record MemoryStatistics(
        double count,
        double average,
        double percentile1,
        double percentile5,
        double percentile25,
        double percentile50,
        double percentile75,
        double percentile95,
        double percentile99,
        double percentile100) {

    static final List<String> COLUMNS = List.of(
            "SampleCount",
            "AverageAllocatedMb",
            "AverageAllocatedMb_pct1",
            "AverageAllocatedMb_pct5",
            "AverageAllocatedMb_pct25",
            "AverageAllocatedMb_pct50",
            "AverageAllocatedMb_pct75",
            "AverageAllocatedMb_pct95",
            "AverageAllocatedMb_pct99",
            "AverageAllocatedMb_pct100");

    /** The columns of the file in the order of {@link #of}. */
    public static List<String> columnNames() {
        return COLUMNS;
    }

    /** @param columns a value for each of {@link #columnNames} */
    public static MemoryStatistics of(double[] columns) {
        return new MemoryStatistics(
                columns[0],
                columns[1],
                columns[2],
                columns[3],
                columns[4],
                columns[5],
                columns[6],
                columns[7],
                columns[8],
                columns[9]);
    }

    double[] columns() {
        return new double[] {
            count,
            average,
            percentile1,
            percentile5,
            percentile25,
            percentile50,
            percentile75,
            percentile95,
            percentile99,
            percentile100
        };
    }

    /** The bounds of the bands that memory is drawn from, ascending. */
    public double[] percentiles() {
        return new double[] {
            percentile1,
            percentile5,
            percentile25,
            percentile50,
            percentile75,
            percentile95,
            percentile99,
            percentile100
        };
    }

    /** An application's memory split evenly among its functions; the number of samples stays. */
    public MemoryStatistics dividedBy(int functions) {
        double[] columns = columns();
        for (int i = 1; i < columns.length; i++) {
            columns[i] /= functions;
        }
        return of(columns);
    }
}
